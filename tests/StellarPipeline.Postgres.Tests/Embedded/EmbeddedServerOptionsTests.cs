using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Embedded;

namespace StellarPipeline.Postgres.Tests.Embedded;

public sealed class EmbeddedServerOptionsTests
{
    [Fact]
    public void Problems_OfTheDefaults_AreNone() => Assert.Empty(new EmbeddedServerOptions().Problems());

    [Fact]
    public async Task Start_WrongOptions_ReportsAllAtOnce()
    {
        var options = new EmbeddedServerOptions
        {
            Database = " ",
            SharedBuffersBytes = 5,
            MaxWalBytes = 6,
            MaintenanceWorkMemoryBytes = 7,
            MaxConnections = 0,
            CheckpointTimeout = TimeSpan.Zero,
            StartTimeout = TimeSpan.Zero,
            StopTimeout = TimeSpan.FromDays(2),
            Settings = new Dictionary<string, string> { ["a b"] = "1", ["work_mem"] = "1\nfsync = off" },
        };
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => EmbeddedServer.StartAsync(options, NullLogger.Instance));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.StartsWith("10 problem(s) in the options", error.Message, StringComparison.Ordinal);
        Assert.Contains("SharedBuffersBytes is 5 bytes; must be at least 1,048,576.", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxConnections is 0; must be 1 to 10,000.", error.Message, StringComparison.Ordinal);
    }
}
