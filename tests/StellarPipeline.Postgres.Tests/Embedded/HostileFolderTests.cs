using Microsoft.Extensions.Logging.Abstractions;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Embedded;

/// <summary>
/// Other users of the machine prepare folders for a private server: no file outside of its own folders changes, whoever starts it.
/// </summary>
public sealed class HostileFolderTests : IAsyncLifetime
{
    private const string Treasure = "do not touch";
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly string folder = Path.Combine("/tmp", "pipeline-test-" + Guid.NewGuid().ToString("n")[..12]);

    private string Victim => Path.Combine(folder, "victim");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Victim, Treasure);
    }

    public async Task DisposeAsync()
    {
        await AssertUntouchedAsync();
        await RunDirectory.RemoveTreeAsync(folder);
    }

    [SkippableTheory]
    [InlineData("a link")]
    [InlineData("a second name of the file")]
    [InlineData("a pipe")]
    [InlineData("the folder is a link")]
    public async Task Start_LeftoverFolderHoldsATrap_LeavesItAlone(string trap)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Traps of this kind need Linux.");
        string root = Path.Combine(folder, "root");
        string leftover = Path.Combine(root, RunDirectory.Prefix + "00112233445566aa");
        Directory.CreateDirectory(root);
        if (trap == "the folder is a link")
        {
            string elsewhere = Path.Combine(folder, "elsewhere");
            Directory.CreateDirectory(elsewhere);
            await SetAsync(Path.Combine(elsewhere, OwnerLock.FileName), "a link");
            Directory.CreateSymbolicLink(leftover, elsewhere);
        }
        else
        {
            Directory.CreateDirectory(leftover);
            await SetAsync(Path.Combine(leftover, OwnerLock.FileName), trap);
        }

        // As the server's own user would do it, whose folders root sweeps.
        ServerAccount account = await ServerAccount.ChooseAsync(null, CancellationToken.None);
        await account.GiveAsync(leftover, CancellationToken.None);

        await using (EmbeddedServer server =
            await PostgresFixture.StartPrivateServerAsync(PostgresFixture.SmallOptions with { TemporaryRoot = root }).WaitAsync(Bound))
        {
            Assert.NotNull(server.SocketDirectory);
        }

        Assert.True(Directory.Exists(leftover));
        await AssertUntouchedAsync();
    }

    [SkippableTheory]
    [InlineData("a link")]
    [InlineData("a second name of the file")]
    [InlineData("a pipe")]
    public async Task Start_MarkInTheDataDirectoryIsATrap_IsRefused(string trap)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Traps of this kind need Linux.");
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(folder, "data") };
        await using (await PostgresFixture.StartPrivateServerAsync(options))
        {
        }

        await SetAsync(Path.Combine(options.DataDirectory, OwnerLock.FileName), trap);

        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => PostgresFixture.StartPrivateServerAsync(options).WaitAsync(Bound));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains(OwnerLock.FileName, error.Message, StringComparison.Ordinal);
        await AssertUntouchedAsync();
    }

    [SkippableTheory]
    [InlineData("temporary root")]
    [InlineData("data directory")]
    [InlineData("folder above the data directory")]
    public async Task Start_FolderThatEverybodyMayWrite_IsRefusedBeforeAnythingIsMade(string which)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Rights of this kind need Linux.");
        string open = Path.Combine(folder, "open");
        Directory.CreateDirectory(open);
        await RunAsync("chmod", "0777", open);
        EmbeddedServerOptions options = which switch
        {
            "temporary root" => PostgresFixture.SmallOptions with { TemporaryRoot = open },
            "data directory" => PostgresFixture.SmallOptions with { DataDirectory = open },
            _ => PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(open, "data") },
        };
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => PostgresFixture.StartPrivateServerAsync(options));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains($"{open} is writable by every user", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(open));
    }

    [SkippableTheory]
    [InlineData("temporary root")]
    [InlineData("data directory")]
    [InlineData("folder above the data directory")]
    [InlineData("link to the data directory")]
    public async Task Start_FolderOfAnotherUser_IsRefusedAndItsOwnerStays(string which)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can make a folder of another user.");
        string foreign = Path.Combine(folder, "foreign");
        Directory.CreateDirectory(foreign);
        if (which == "link to the data directory")
        {
            Directory.CreateDirectory(Path.Combine(folder, "target"));
            Directory.Delete(foreign);
            Directory.CreateSymbolicLink(foreign, Path.Combine(folder, "target"));
        }

        // A number that no user has.
        await RunAsync("chown", "-h", "54321", foreign);
        EmbeddedServerOptions options = which switch
        {
            "temporary root" => PostgresFixture.SmallOptions with { TemporaryRoot = foreign },
            "folder above the data directory" => PostgresFixture.SmallOptions with { DataDirectory = Path.Combine(foreign, "data") },
            _ => PostgresFixture.SmallOptions with { DataDirectory = foreign },
        };
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => PostgresFixture.StartPrivateServerAsync(options));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains($"{foreign} belongs to another user (54321)", error.Message, StringComparison.Ordinal);
        Assert.Equal(54321u, await ServerAccount.OwnerAsync(foreign, CancellationToken.None));
        Assert.Empty(Directory.GetFileSystemEntries(foreign));
    }

    [SkippableFact]
    public async Task Sweep_FolderOfAnotherUser_IsLeftAlone()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can make a folder of another user.");
        string leftover = Path.Combine(folder, RunDirectory.Prefix + "00112233445566bb");
        Directory.CreateDirectory(leftover);
        await File.WriteAllTextAsync(Path.Combine(leftover, OwnerLock.FileName), "1 2\n");
        await RunAsync("chown", "-R", "54321", leftover);
        ServerAccount account = await ServerAccount.ChooseAsync(null, CancellationToken.None);
        ServerBinaries binaries = await ServerBinaries.FindAsync(null, CancellationToken.None);
        Assert.Equal(0, await LeftoverSweep.RunAsync([folder], binaries, account, NullLogger.Instance, CancellationToken.None));
        Assert.Equal("1 2\n", await File.ReadAllTextAsync(Path.Combine(leftover, OwnerLock.FileName)));
    }

    [SkippableFact]
    public async Task WriteAsync_PathOfALink_FollowsNothing()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Traps of this kind need Linux.");
        string link = Path.Combine(folder, "server.conf");
        File.CreateSymbolicLink(link, Victim);
        ServerAccount account = await ServerAccount.ChooseAsync(null, CancellationToken.None);
        await Assert.ThrowsAnyAsync<Exception>(() => account.WriteAsync(link, "trap", CancellationToken.None));
        Assert.Throws<IOException>(() => RunDirectory.WritePrivate(link, "trap"));
        await account.GiveAsync(link, CancellationToken.None);
        await AssertUntouchedAsync();
    }

    private async Task SetAsync(string path, string trap)
    {
        File.Delete(path);
        if (trap == "a link") File.CreateSymbolicLink(path, Victim);
        else if (trap == "a pipe") await RunAsync("mkfifo", path);
        else await RunAsync("ln", Victim, path);
    }

    private async Task AssertUntouchedAsync()
    {
        Assert.Equal(Treasure, await File.ReadAllTextAsync(Victim));
        if (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess)
            Assert.Equal(0u, await ServerAccount.OwnerAsync(Victim, CancellationToken.None));
    }

    private static async Task RunAsync(params string[] command)
    {
        CommandResult result = await CommandRunner.RunAsync(command, TimeSpan.FromSeconds(30), CancellationToken.None);
        Assert.True(result.ExitCode == 0, result.Output);
    }
}
