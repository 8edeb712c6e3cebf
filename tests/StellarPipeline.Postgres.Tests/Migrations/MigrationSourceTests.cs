using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Postgres.Tests.Migrations;

public sealed class MigrationSourceTests : IDisposable
{
    private const string Empty = "-- +migrate Up\n";
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-migrations-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void FromTexts_AnyOrder_SortsAsSqlMigrateDoes()
    {
        string[] expected = ["1_b.sql", "2_a.sql", "10_a.sql", "2024-04-29.0-a.sql", "2024-05-22.0-B.sql", "2024-05-22.0-a.sql",
            "2026-01-01.0-a.sql", "Z.sql",
            "a.sql"];
        var source = MigrationSource.FromTexts(expected.Reverse().Select(name => (name, Empty)));
        Assert.Equal(expected, source.Migrations.Select(migration => migration.Name));
    }

    [Fact]
    public void FromDirectory_FilesAndFolders_TakesTheSqlFilesOfThisFolder()
    {
        File.WriteAllText(Path.Combine(folder, "2.sql"), Empty);
        File.WriteAllText(Path.Combine(folder, "1.sql"), Empty + "SELECT 1;");
        File.WriteAllText(Path.Combine(folder, "README.md"), "no SQL");
        Directory.CreateDirectory(Path.Combine(folder, "extra"));
        File.WriteAllText(Path.Combine(folder, "extra", "3.sql"), Empty);
        Assert.Equal(["1.sql", "2.sql"], MigrationSource.FromDirectory(folder).Migrations.Select(migration => migration.Name));
    }

    [Fact]
    public void FromDirectory_AbsentOrEmpty_NamesThePlace()
    {
        string absent = Path.Combine(folder, "absent");
        Assert.Contains(
            absent, Assert.Throws<MigrationException>(() => MigrationSource.FromDirectory(absent)).Message, StringComparison.Ordinal);
        MigrationException error = Assert.Throws<MigrationException>(() => MigrationSource.FromDirectory(folder));
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.StartsWith($"No migration files (*.sql) were found in {folder}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromEmbeddedResources_NoneWithThePrefix_NamesTheAssembly()
    {
        MigrationException error =
            Assert.Throws<MigrationException>(() => MigrationSource.FromEmbeddedResources(typeof(MigrationSource).Assembly, "nothing/"));
        Assert.Contains("the resources nothing/*.sql of StellarPipeline.Postgres", error.Message, StringComparison.Ordinal);
    }
}
