import com.google.gson.Gson;
import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Hands our signed webhooks to the Java verifier: one argument, the file of vectors. Fails when it judges otherwise. */
public final class VerifySignatures {
  private static final class Vector {
    String name;
    String secret;
    Map<String, String> headers;
    String body;
    boolean accept;
  }

  private static boolean accepts(Vector vector) {
    Map<String, List<String>> headers =
        vector.headers.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> List.of(entry.getValue())));
    try {
      new Webhook(vector.secret).verify(vector.body, headers);
      return true;
    } catch (WebhookVerificationException refusal) {
      return false;
    }
  }

  public static void main(String[] args) throws IOException {
    Vector[] vectors = new Gson().fromJson(Files.readString(Path.of(args[0])), Vector[].class);
    int right = 0;
    for (Vector vector : vectors) {
      if (accepts(vector) == vector.accept) right++;
      else System.out.println("  judged otherwise: " + vector.name);
    }
    System.out.printf("java, standardwebhooks: %d of %d as expected%n", right, vectors.length);
    if (right != vectors.length || right == 0) throw new IllegalStateException("a verifier judged otherwise");
  }
}
