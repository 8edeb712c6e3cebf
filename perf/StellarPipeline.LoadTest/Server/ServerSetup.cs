using StellarPipeline.Postgres.Embedded;

namespace StellarPipeline.LoadTest.Server;

/// <summary>The settings of the private server.</summary>
/// <remarks>
/// Stock is what initdb writes with two changes: shared_buffers 1 GB, which every guide to tuning begins with, and autovacuum off, so that
/// no round is disturbed by the one before. Product is what the command line's own private server runs with, durable as on a given data
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
