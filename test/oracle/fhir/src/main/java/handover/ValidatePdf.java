package handover;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.verapdf.core.EncryptedPdfException;
import org.verapdf.core.ModelParsingException;
import org.verapdf.core.ValidationException;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** PDF/A-2b (ISO 19005-2) by veraPDF: one line for each rule that a file breaks. */
final class ValidatePdf {
  private ValidatePdf() {}

  static void validate(Path file) throws IOException {
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour flavour = PDFAFlavour.PDFA_2_B;
    try (var bytes = Files.newInputStream(file); PDFAParser parser = Foundries.defaultInstance().createParser(bytes, flavour)) {
      PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false);
      ValidationResult result = validator.validate(parser);
      for (TestAssertion broken : result.getTestAssertions())
        if (broken.getStatus() == TestAssertion.Status.FAILED)
          print(file, broken.getRuleId().getClause(), broken.getMessage());
      if (!result.isCompliant() && result.getTestAssertions().isEmpty()) print(file, "-", "not PDF/A-2b");
    } catch (ModelParsingException | EncryptedPdfException | ValidationException unreadable) {
      print(file, "-", "cannot be read: " + unreadable.getMessage());
    }
  }

  private static void print(Path file, String clause, String message) {
    System.out.println(String.join("\t", "error", file.getFileName().toString(), clause, message.replaceAll("\\s+", " ")));
  }
}
