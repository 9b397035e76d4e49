import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.Version;
import org.opensearch.analysis.common.CommonAnalysisModulePlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.index.analysis.AnalyzerProvider;
import org.opensearch.index.analysis.PreBuiltAnalyzerProviderFactory;
import org.opensearch.indices.analysis.AnalysisModule.AnalysisProvider;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.PluginInfo;

/** A real search node for tests: loopback only, any free port, written to the file "port" when it answers. */
public class SearchNode extends Node {
    /** Without the Thai analyzer, which needs word breaks that a small runtime lacks: with it every index is refused. */
    public static class Analysis extends CommonAnalysisModulePlugin {
        @Override
        public List<PreBuiltAnalyzerProviderFactory> getPreBuiltAnalyzerProviderFactories() {
            List<PreBuiltAnalyzerProviderFactory> kept = new ArrayList<>(super.getPreBuiltAnalyzerProviderFactories());
            kept.removeIf(factory -> factory.getName().equals("thai"));
            return kept;
        }

        @Override
        public Map<String, AnalysisProvider<AnalyzerProvider<? extends org.apache.lucene.analysis.Analyzer>>> getAnalyzers() {
            Map<String, AnalysisProvider<AnalyzerProvider<? extends org.apache.lucene.analysis.Analyzer>>> kept =
                new TreeMap<>(super.getAnalyzers());
            kept.remove("thai");
            return kept;
        }
    }

    SearchNode(Settings settings, List<PluginInfo> plugins) {
        super(InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "test"), plugins, false);
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]).toAbsolutePath();
        Files.createDirectories(home.resolve("config"));
        List<PluginInfo> plugins = new ArrayList<>();
        for (String name : List.of(
            "org.opensearch.transport.Netty4ModulePlugin", "SearchNode$Analysis", "org.opensearch.index.mapper.MapperExtrasModulePlugin",
            "org.opensearch.index.reindex.ReindexModulePlugin"
        )) {
            plugins.add(new PluginInfo(name, "", "NA", Version.CURRENT, "21", name, null, List.of(), false));
        }
        Settings settings = Settings.builder()
            .put("path.home", home)
            .put("cluster.name", "test")
            .put("node.name", "test")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", "0")
            .put("transport.port", "0")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("action.auto_create_index", false)
            .build();
        SearchNode node = new SearchNode(settings, plugins);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception error) {
                error.printStackTrace();
            }
        }));
        node.start();
        int port = node.injector().getInstance(HttpServerTransport.class).boundAddress().publishAddress().getPort();
        Path next = Files.writeString(home.resolve("port.next"), Integer.toString(port));
        Files.move(next, home.resolve("port"), StandardCopyOption.ATOMIC_MOVE);
        Thread.currentThread().join();
    }
}
