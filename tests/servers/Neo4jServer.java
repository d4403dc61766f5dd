import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/**
 * Neo4j's own kernel, planner and Bolt server, with its login, in a folder that is deleted at the end.
 *
 * It lives as long as its standard input is open: whoever started it may end in any way, and it ends too.
 */
class Neo4jServer {
    private static final String SMALL = """
            server.memory.pagecache.size=256m
            db.tx_log.preallocate=false
            db.tx_log.rotation.retention_policy=keep_none
            dbms.usage_report.enabled=false
            """;

    public static void main(String[] arguments) throws Exception {
        var home = Path.of(arguments[0]);
        var port = Integer.parseInt(arguments[1]);
        var more = String.join("\n", Arrays.asList(arguments).subList(2, arguments.length));
        var settings = Files.writeString(home.resolve("small.conf"), SMALL + more);
        new DatabaseManagementServiceBuilder(home)
                .loadPropertiesFromFile(settings)
                .setConfig(BoltConnector.enabled, true)
                .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", port))
                .setConfig(GraphDatabaseSettings.auth_enabled, true)
                .build();
        System.out.println("started");
        while (System.in.read() >= 0) {
            // Whatever is written here, only its end means anything.
        }
        // Nobody needs what is in the folder any more, so nothing has to be closed in order: that takes ten seconds.
        delete(home);
        Runtime.getRuntime().halt(0);
    }

    private static void delete(Path folder) {
        try (var paths = Files.walk(folder)) {
            for (var path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException changedMeanwhile) {
            // The server still writes; what it writes now is little, and whoever started it removes the rest.
        }
    }
}
