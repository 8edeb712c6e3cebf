using StellarPipeline.Postgres.Migrations;

namespace StellarPipeline.Postgres.Tests.Migrations;

/// <summary>The repository's folder <c>schema</c>, found from the place where the tests run.</summary>
internal static class SchemaFolder
{
    public static MigrationSet Main { get; } = new(MigrationSource.FromDirectory(Find()));

    public static MigrationSet Extra { get; } = new(MigrationSource.FromDirectory(Path.Combine(Find(), "extra")), "pipeline_migrations");

    public static MigrationSet[] Both => [Main, Extra];

    public static IEnumerable<string> Names(params MigrationSet[] sets) =>
        sets.SelectMany(set => set.Source.Migrations).Select(migration => migration.Name);

    public static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "schema", "2024-04-29.0-initial.sql")))
                return Path.Combine(folder.FullName, "schema");
        }

        throw new InvalidOperationException(
            $"No folder above {AppContext.BaseDirectory} has the folder schema: run the tests inside the repository.");
    }
}
