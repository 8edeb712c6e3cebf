using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>The folder with the PostgreSQL server programs, and their version.</summary>
/// <param name="Directory">Full path of the folder.</param>
/// <param name="MajorVersion">Major version, such as 15.</param>
internal sealed partial record ServerBinaries(string Directory, int MajorVersion)
{
    /// <summary>Oldest major version that is accepted; 14 is the oldest one that PostgreSQL still maintains.</summary>
    public const int MinMajorVersion = 14;

    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    /// <summary>Full path of a program of this version.</summary>
    public string Program(string name) => Path.Combine(Directory, OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>Finds the programs: the given folder, PGBIN, PATH, then the newest version in the folders of distributions.</summary>
    /// <exception cref="EmbeddedServerException">No programs were found, or the named folder does not contain them.</exception>
    public static async Task<ServerBinaries> FindAsync(string? given, CancellationToken cancellationToken)
    {
        string? named = given ?? Environment.GetEnvironmentVariable("PGBIN");
        if (!string.IsNullOrWhiteSpace(named))
        {
            string directory = Path.GetFullPath(named);
            if (Missing(directory) is { } missing)
                EmbeddedThrow.BinariesUnusable(directory, $"it has no program {missing}");
            ServerBinaries? binaries = await ProbeAsync(directory, cancellationToken).ConfigureAwait(false);
            if (binaries is null)
                EmbeddedThrow.BinariesUnusable(directory, $"its postgres does not report a version of {MinMajorVersion} or newer");
            return binaries;
        }

        return await FindIn(Places(), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Returns the newest version of the first group of folders that has usable programs.</summary>
    internal static async Task<ServerBinaries> FindIn(
        IEnumerable<(string Label, IEnumerable<string> Folders)> places, CancellationToken cancellationToken)
    {
        var searched = new List<string>();
        foreach ((string? label, IEnumerable<string>? folders) in places)
        {
            searched.Add(label);
            ServerBinaries? best = null;
            foreach (string? folder in folders.Where(folder => Missing(folder) is null))
            {
                ServerBinaries? found = await ProbeAsync(folder, cancellationToken).ConfigureAwait(false);
                if (found is not null && (best is null || found.MajorVersion > best.MajorVersion))
                    best = found;
            }

            if (best is not null)
                return best;
        }

        EmbeddedThrow.BinariesAbsent(searched);
        return null;
    }

    private static IEnumerable<(string Label, IEnumerable<string> Folders)> Places()
    {
        yield return ("PATH",
            (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        yield return ("/usr/lib/postgresql/*/bin", Below("/usr/lib/postgresql", "*", "bin"));
        yield return ("/usr/pgsql-*/bin", Below("/usr", "pgsql-*", "bin"));
        yield return ("/usr/libexec/postgresql*", Below("/usr/libexec", "postgresql*", ""));
        yield return ("/opt/homebrew/opt/postgresql*/bin", Below("/opt/homebrew/opt", "postgresql*", "bin"));
        yield return ("/usr/local/opt/postgresql*/bin", Below("/usr/local/opt", "postgresql*", "bin"));
        if (OperatingSystem.IsWindows())
        {
            string programs = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL");
            yield return (Path.Combine(programs, "*", "bin"), Below(programs, "*", "bin"));
        }

        yield return ("pg_config --bindir", FromPgConfig());
    }

    private static IEnumerable<string> Below(string parent, string pattern, string child) =>
        System.IO.Directory.Exists(parent)
            ? System.IO.Directory.EnumerateDirectories(parent, pattern).Select(folder => Path.Combine(folder, child))
            : [];

    private static IEnumerable<string> FromPgConfig()
    {
        if (CommandRunner.FindOnPath("pg_config") is not { } program)
            yield break;
        using Process process = CommandRunner.Start([program, "--bindir"]);
        string folder = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        if (folder.Length > 0)
            yield return folder;
    }

    private static string? Missing(string directory)
    {
        var folder = new ServerBinaries(directory, 0);
        return Needed.FirstOrDefault(name => !File.Exists(folder.Program(name)));
    }

    private static async Task<ServerBinaries?> ProbeAsync(string directory, CancellationToken cancellationToken)
    {
        CommandResult result = await CommandRunner.RunAsync(
            [new ServerBinaries(directory, 0).Program("postgres"), "--version"], TimeSpan.FromSeconds(30), cancellationToken)
            .ConfigureAwait(false);
        Match match = VersionPattern().Match(result.Output);
        if (result.ExitCode != 0 || !match.Success)
            return null;
        int major = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return major < MinMajorVersion ? null : new ServerBinaries(directory, major);
    }

    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18devel".
    [GeneratedRegex(@"\(PostgreSQL\)\s+(\d+)")]
    private static partial Regex VersionPattern();
}
