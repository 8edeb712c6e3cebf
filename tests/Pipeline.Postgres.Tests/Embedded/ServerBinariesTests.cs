using Pipeline.Dataflow;
using Pipeline.Postgres.Embedded;

namespace Pipeline.Postgres.Tests.Embedded;

public sealed class ServerBinariesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-binaries-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Find_Nothing_GivesTheInstallCommandsAndTheSearchedPlaces()
    {
        var error = await Assert.ThrowsAsync<EmbeddedServerException>(
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
        var error = await Assert.ThrowsAsync<EmbeddedServerException>(() => ServerBinaries.FindAsync(folder, CancellationToken.None));
        Assert.Contains($"The folder {folder} was named", error.Message, StringComparison.Ordinal);
        Assert.Contains("no program initdb", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Find_NamedFolderWithAnOldVersion_SaysWhichVersionIsNeeded()
    {
        Skip.If(OperatingSystem.IsWindows(), "The stand-in programs are shell scripts.");
        var old = Stand("old", "13.4");
        var error = await Assert.ThrowsAsync<EmbeddedServerException>(() => ServerBinaries.FindAsync(old, CancellationToken.None));
        Assert.Contains($"does not report a version of {ServerBinaries.MajorVersionMin} or newer", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Find_SeveralVersionsInOnePlace_TakesTheNewest()
    {
        Skip.If(OperatingSystem.IsWindows(), "The stand-in programs are shell scripts.");
        string[] folders = [Stand("a", "9.6.24"), Stand("b", "16.2 (Debian 16.2-1)"), Stand("c", "18devel"), Stand("d", "14.1")];
        var found = await ServerBinaries.FindIn([("first", [folder]), ("second", folders)], CancellationToken.None);
        Assert.Equal(new ServerBinaries(folders[2], 18), found);
    }

    private string Stand(string name, string version)
    {
        var path = Path.Combine(folder, name);
        Directory.CreateDirectory(path);
        foreach (var program in new[] { "initdb", "pg_ctl", "postgres" })
        {
            var file = Path.Combine(path, program);
            File.WriteAllText(file, $"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
