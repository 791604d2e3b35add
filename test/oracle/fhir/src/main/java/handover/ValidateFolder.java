package handover;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.DomainResource;

/**
 * Validates every .json file of a folder with the HL7 engine, every .pdf with veraPDF, and prints one tab-separated line for each issue:
 * severity, file, location, message. Files of a second folder (StructureDefinition, ValueSet, CodeSystem) are loaded first; a CodeSystem
 * with content "supplement" adds its concepts to the one it supplements, so that codes younger than R4 4.0.1 are known.
 */
public final class ValidateFolder {
  private ValidateFolder() {}

  public static void main(String[] args) throws IOException {
    FhirContext context = FhirContext.forR4Cached();
    DefaultProfileValidationSupport base = new DefaultProfileValidationSupport(context);
    PrePopulatedValidationSupport own = new PrePopulatedValidationSupport(context);
    for (Path file : args.length > 1 ? files(Path.of(args[1]), ".json") : List.<Path>of()) load(context, base, own, file);
    FhirValidator validator = context.newValidator().registerValidatorModule(instanceValidator(context, base, own));
    for (Path file : files(Path.of(args[0]), ".pdf")) {
      ValidatePdf.validate(file);
      System.out.println("validated\t" + file.getFileName());
    }
    for (Path file : files(Path.of(args[0]), ".json")) {
      for (SingleValidationMessage issue : validator.validateWithResult(Files.readString(file), new ValidationOptions()).getMessages())
        if (issue.getSeverity().ordinal() >= ResultSeverityEnum.WARNING.ordinal()) print(file, issue);
      System.out.println("validated\t" + file.getFileName());
    }
  }

  private static FhirInstanceValidator instanceValidator(FhirContext context, IValidationSupport base, IValidationSupport own) {
    UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(context);
    unknown.setNonExistentCodeSystemSeverity(IValidationSupport.IssueSeverity.WARNING);
    FhirInstanceValidator module = new FhirInstanceValidator(new ValidationSupportChain(
        own, base, new CommonCodeSystemsTerminologyService(context), new InMemoryTerminologyServerValidationSupport(context),
        new SnapshotGeneratingValidationSupport(context), unknown));
    module.setNoTerminologyChecks(false);
    // Profiles of guides that no registry packages (Subscriptions backport) are warned of: their rules have tests of their own.
    module.setErrorForUnknownProfiles(false);
    return module;
  }

  private static void load(FhirContext context, IValidationSupport base, PrePopulatedValidationSupport own, Path file) throws IOException {
    IBaseResource resource = context.newJsonParser().parseResource(Files.readString(file));
    if (resource instanceof CodeSystem supplement && supplement.getContent() == CodeSystem.CodeSystemContentMode.SUPPLEMENT) {
      CodeSystem whole = ((CodeSystem) base.fetchCodeSystem(supplement.getSupplements())).copy();
      supplement.getConcept().forEach(whole::addConcept);
      own.addCodeSystem(whole);
    } else if (resource instanceof DomainResource) {
      own.addResource(resource);
    }
  }

  private static List<Path> files(Path folder, String extension) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return new ArrayList<>(files.filter(file -> file.toString().endsWith(extension)).sorted().toList());
    }
  }

  private static void print(Path file, SingleValidationMessage issue) {
    String message = issue.getMessage().replaceAll("\\s+", " ");
    System.out.println(String.join("\t", issue.getSeverity().getCode(), file.getFileName().toString(), String.valueOf(issue.getLocationString()), message));
  }
}
