using System.Reflection;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>Migration files from a folder or from the resources of an assembly, in the order in which they are applied.</summary>
public sealed class MigrationSource
{
    private MigrationSource(string place, IEnumerable<(string Name, string Text)> files)
    {
        var migrations = files.Select(file => MigrationParser.Parse(file.Name, file.Text)).ToList();
        if (migrations.Count == 0)
            MigrationThrow.NoFiles(place);
        migrations.Sort((left, right) => Migration.CompareNames(left.Name, right.Name));
        Migrations = migrations;
    }

    /// <summary>
    /// The migrations by name: first the number at the start, then the bytes of the name, as rubenv/sql-migrate orders them.
    /// </summary>
    public IReadOnlyList<Migration> Migrations { get; }

    /// <summary>Reads the resources whose names are the prefix and a file name ending in <c>.sql</c>; resources in folders below the prefix
    /// are left out.</summary>
    /// <param name="assembly">The assembly that contains the resources.</param>
    /// <param name="prefix">Start of the names, with the final slash, such as <c>schema/</c>.</param>
    /// <exception cref="MigrationException">There is no such resource, or a file has a wrong format.</exception>
    public static MigrationSource FromEmbeddedResources(Assembly assembly, string prefix)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        ArgumentNullException.ThrowIfNull(prefix);
        IEnumerable<string> names = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal)
                && !name.AsSpan(prefix.Length).Contains('/'));
        return new MigrationSource(
            $"the resources {prefix}*.sql of {assembly.GetName().Name}",
            names.Select(name => (name[prefix.Length..], ReadResource(assembly, name))));
    }

    /// <summary>Reads the files ending in <c>.sql</c> of one folder; folders below it are left out.</summary>
    /// <param name="directory">The folder.</param>
    /// <exception cref="MigrationException">The folder does not exist or has no such file, or a file has a wrong format.</exception>
    public static MigrationSource FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        if (!Directory.Exists(directory))
            MigrationThrow.NoFiles(directory);
        return new MigrationSource(
            directory, Directory.EnumerateFiles(directory, "*.sql").Select(path => (Path.GetFileName(path), File.ReadAllText(path))));
    }

    /// <summary>Reads migrations from texts in memory.</summary>
    /// <param name="files">File names and texts.</param>
    /// <exception cref="MigrationException">There is no file, or a file has a wrong format.</exception>
    public static MigrationSource FromTexts(IEnumerable<(string Name, string Text)> files) => new("the given texts", files);

    private static string ReadResource(Assembly assembly, string name)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
