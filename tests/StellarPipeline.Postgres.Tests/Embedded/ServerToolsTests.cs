using System.Diagnostics;
using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Embedded;

/// <summary>Failures of the machine around the server, played by stand-ins.</summary>
public sealed class ServerToolsTests : IAsyncLifetime
{
    private readonly string folder = Path.Combine("/tmp", "pipeline-test-" + Guid.NewGuid().ToString("n")[..12]);

    public Task InitializeAsync()
    {
        Directory.CreateDirectory(folder);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await RunDirectory.RemoveTreeAsync(folder);

    [SkippableFact]
    public async Task ChooseAccount_RootWithoutAnyUserToTurnInto_SaysWhichUsersWouldDo()
    {
        Skip.If(OperatingSystem.IsWindows(), "There is no root on Windows.");
        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(
            () => ServerAccount.ChooseForRootAsync(null, ["no-such-user-here"], CommandRunner.FindOnPath, CancellationToken.None));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("neither a user postgres nor a user nobody", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ChooseAccount_RootWithoutSetprivAndRunuser_NamesThePackage()
    {
        Skip.If(OperatingSystem.IsWindows(), "There is no root on Windows.");
        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(
            () => ServerAccount.ChooseForRootAsync(null, ["nobody"], _ => null, CancellationToken.None));
        Assert.Contains(
            "found neither setpriv nor runuser to start it as nobody. Install util-linux", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task ChooseAccount_RootWithRunuserOnly_RunsProgramsAsTheUser()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux() && CommandRunner.FindOnPath("runuser") is not null,
            "Only root on Linux can use runuser.");
        ServerAccount account = await ServerAccount.ChooseForRootAsync(
            null, ["nobody"], program => program == "runuser" ? CommandRunner.FindOnPath(program) : null, CancellationToken.None);
        CommandResult result = await CommandRunner.RunAsync(account.Command("id", "-un"), TimeSpan.FromSeconds(30), CancellationToken.None);
        Assert.Equal("nobody\n", result.Output);
    }

    [SkippableFact]
    public async Task Start_InitdbFails_QuotesItAndLeavesNothing()
    {
        Skip.If(OperatingSystem.IsWindows(), "The stand-in programs are shell scripts.");
        string programs = await StandAsync(
            ("postgres", "echo 'postgres (PostgreSQL) 17.1'"), ("initdb", "echo 'initdb: error: no space left'; exit 1"),
            ("pg_ctl", "exit 3"));
        string root = Path.Combine(folder, "root");
        Directory.CreateDirectory(root);
        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(() =>
            PostgresFixture.StartPrivateServerAsync(
                PostgresFixture.SmallOptions with { BinariesDirectory = programs, TemporaryRoot = root }));
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.StartsWith("initdb failed for the data directory", error.Message, StringComparison.Ordinal);
        Assert.Contains("no space left", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(root));
    }

    [SkippableFact]
    public async Task Stop_ServerThatDoesNotEnd_NamesItsProcess()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Which process works in a data directory is read from /proc.");
        string programs = await StandAsync(("postgres", ""), ("initdb", ""), ("pg_ctl", "echo 'server does not shut down'; exit 1"));
        using Process server = CommandRunner.Start(["/bin/sh", "-c", "cd \"$0\"; echo ready; read -r line", folder]);
        Assert.Equal("ready", await server.StandardOutput.ReadLineAsync());
        await File.WriteAllTextAsync(
            Path.Combine(folder, "postmaster.pid"), string.Create(CultureInfo.InvariantCulture, $"{server.Id}\n{folder}\n"));
        var cluster =
            new ServerCluster(new ServerBinaries(programs, 17), await ServerAccount.ChooseAsync(null, CancellationToken.None), folder);

        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(() => cluster.StopAsync(TimeSpan.FromSeconds(1)));
        Assert.Contains(string.Create(
            CultureInfo.InvariantCulture, $"(process {server.Id}, data directory {folder}) did not stop: server does not shut down"),
            error.Message, StringComparison.Ordinal);
        server.StandardInput.Close();
        await server.WaitForExitAsync();
    }

    private async Task<string> StandAsync(params (string Name, string Script)[] programs)
    {
        string path = Path.Combine(folder, "bin");
        Directory.CreateDirectory(path);
        foreach ((string? name, string? script) in programs)
            await StandIn.WriteAsync(Path.Combine(path, name), script);
        return path;
    }
}
