namespace StellarPipeline.Cli;

/// <summary>How the user started this program, so that the commands in hints can be typed as printed.</summary>
internal static class StartedAs
{
    private static readonly Lazy<string> Found = new(() => Of(
        Environment.ProcessPath, Environment.GetCommandLineArgs()[0], ParentArguments(), Environment.CurrentDirectory,
        Environment.GetEnvironmentVariable("PATH")));

    /// <summary>The words before a command: <c>stellar-pipeline</c>, <c>out/stellar-pipeline</c>, <c>dotnet run … --</c>.</summary>
    public static string Command => Found.Value;

    /// <summary>Finds these words.</summary>
    /// <param name="process">The file of this process; null if unknown.</param>
    /// <param name="program">The started assembly.</param>
    /// <param name="parent">The command line of the parent process, in words; empty if unknown.</param>
    /// <param name="folder">The working folder.</param>
    /// <param name="path">The variable PATH.</param>
    internal static string Of(string? process, string program, IReadOnlyList<string> parent, string folder, string? path)
    {
        int end = parent.ToList().IndexOf("--");
        bool isRun = parent.Count > 1 && Path.GetFileNameWithoutExtension(parent[0]) == "dotnet" && parent.Contains("run");
        if (isRun && end > 0) return string.Join(' ', ["dotnet", .. parent.Skip(1).Take(end).Select(Word)]);
        if (process is null) return Product.Name;
        if (Path.GetFileNameWithoutExtension(process) == "dotnet") return $"dotnet {Word(Short(program, folder))}";
        bool isInPath = (path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(
            place => Path.GetFullPath(place, folder) == Path.GetDirectoryName(process));
        return isInPath ? Path.GetFileNameWithoutExtension(process) : Word(Short(process, folder));
    }

    private static string Short(string file, string folder)
    {
        string relative = Path.GetRelativePath(folder, file);
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative) ? file
            : relative.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? relative
            : Path.Combine(".", relative);
    }

    private static string Word(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;

    private static string[] ParentArguments()
    {
        if (!OperatingSystem.IsLinux()) return [];
        try
        {
            // The fields of /proc/…/stat after the name in parentheses: state, then the parent process.
            string stat = File.ReadAllText("/proc/self/stat");
            string parent = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
            return File.ReadAllText($"/proc/{parent}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
