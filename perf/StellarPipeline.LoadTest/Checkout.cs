using System.Diagnostics;
using System.Reflection;

namespace StellarPipeline.LoadTest;

/// <summary>The checkout in which this program was built.</summary>
internal static class Checkout
{
    /// <summary>Whether this program, and so all projects of the solution, was built with optimization.</summary>
    public static bool IsOptimized() =>
        typeof(Checkout).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    /// <summary>Refuses to measure with a program that was built without optimization.</summary>
    /// <exception cref="LoadTestException">The program was built without optimization.</exception>
    public static void RequireOptimized()
    {
        if (!IsOptimized())
        {
            throw LoadTestException.Usage(
                "This program was built without optimization, so its times mean nothing. Build it with --configuration Release.");
        }
    }

    /// <summary>The folder of the solution; null if the program runs outside a checkout.</summary>
    public static string? Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) return folder.FullName;
        }

        return null;
    }

    /// <summary>The folder of the results; null if the program runs outside a checkout.</summary>
    public static string? ResultsDirectory() => Root() is { } root ? Path.Combine(root, "perf", "results") : null;

    /// <summary>The commit, marked if files were changed since; "unknown" without git.</summary>
    public static string Commit()
    {
        if (Root() is not { } root || Git(root, "rev-parse", "--short=10", "HEAD") is not { } commit) return "unknown";
        return string.IsNullOrEmpty(Git(root, "status", "--porcelain", "--", "src", "perf", "schema", "Directory.Packages.props"))
            ? commit
            : commit + " with local changes";
    }

    private static string? Git(string root, params string[] arguments)
    {
        try
        {
            var start =
                new ProcessStartInfo("git") { WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string argument in arguments) start.ArgumentList.Add(argument);
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
