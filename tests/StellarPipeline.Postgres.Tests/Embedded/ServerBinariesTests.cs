using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Embedded;

namespace StellarPipeline.Postgres.Tests.Embedded;

public sealed class ServerBinariesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-binaries-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Find_Nothing_GivesTheInstallCommandsAndTheSearchedPlaces()
    {
        EmbeddedServerException error = await Assert.ThrowsAsync<EmbeddedServerException>(
            () => ServerBinaries.FindIn([("PATH", [folder]), ("/usr/lib/postgresql/*/bin", [])], CancellationToken.None));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("Searched: PATH, /usr/lib/postgresql/*/bin.", error.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install -y postgresql", error.Message, StringComparison.Ordinal);
        Assert.Contains("dnf install -y postgresql-server", error.Message, StringComparison.Ordinal);
        Assert.Contains("brew install postgresql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_NamedFolderWithoutPrograms_NamesTheMissingOne()
    {
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => ServerBinaries.FindAsync(folder, CancellationToken.None));
        Assert.Contains($"The folder {folder} was named", error.Message, StringComparison.Ordinal);
        Assert.Contains("no program initdb", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Find_NamedFolderWithAnOldVersion_SaysWhichVersionIsNeeded()
    {
        Skip.If(OperatingSystem.IsWindows(), "The stand-in programs are shell scripts.");
        string old = await StandAsync("old", "13.4");
        EmbeddedServerException error =
            await Assert.ThrowsAsync<EmbeddedServerException>(() => ServerBinaries.FindAsync(old, CancellationToken.None));
        Assert.Contains($"does not report a version of {ServerBinaries.MinMajorVersion} or newer", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Find_SeveralVersionsInOnePlace_TakesTheNewest()
    {
        Skip.If(OperatingSystem.IsWindows(), "The stand-in programs are shell scripts.");
        string[] folders =
        [
            await StandAsync("a", "9.6.24"), await StandAsync("b", "16.2 (Debian 16.2-1)"), await StandAsync("c", "18devel"),
            await StandAsync("d", "14.1"),
        ];
        ServerBinaries found = await ServerBinaries.FindIn([("first", [folder]), ("second", folders)], CancellationToken.None);
        Assert.Equal(new ServerBinaries(folders[2], 18), found);
    }

    private async Task<string> StandAsync(string name, string version)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(path);
        foreach (string? program in new[] { "initdb", "pg_ctl", "postgres" })
            await StandIn.WriteAsync(Path.Combine(path, program), $"echo 'postgres (PostgreSQL) {version}'");
        return path;
    }
}
