using StellarPipeline.Postgres.Embedded;

namespace StellarPipeline.LoadTest.Server;

/// <summary>The settings of the private server.</summary>
/// <remarks>
/// Stock has the settings of initdb with two changes: shared_buffers is 1 GB, the first advice of every tuning guide, and autovacuum is
/// off, so that no round disturbs the next. Product has the settings of the command line's own private server, durable as with a given data
/// directory.
/// </remarks>
internal static class ServerSetup
{
    public static EmbeddedServerOptions For(LoadTestOptions options)
    {
        EmbeddedServerOptions server = options.Profile == ServerProfile.Product
            ? new EmbeddedServerOptions { Settings = Merge([], options.ServerSettings) }
            : new EmbeddedServerOptions
            {
                SharedBuffersBytes = 1L << 30,
                MaxWalBytes = 1L << 30,
                CheckpointTimeout = TimeSpan.FromMinutes(5),
                MaintenanceWorkMemoryBytes = 64L << 20,
                Settings =
                    Merge(new() { ["wal_level"] = "replica", ["max_wal_senders"] = "10", ["autovacuum"] = "off" }, options.ServerSettings),
            };
        return server with { Durable = true, TemporaryRoot = options.ServerDirectory };
    }

    private static Dictionary<string, string> Merge(Dictionary<string, string> settings, IReadOnlyDictionary<string, string> winning)
    {
        foreach ((string name, string value) in winning) settings[name] = value;
        return settings;
    }
}
