using System.Diagnostics;
using System.Reflection;

namespace StellarPipeline.LoadTest;

/// <summary>The checkout that this program was built in.</summary>
internal static class Checkout
{
    /// <summary>Whether the compiler optimized this program, and with it all projects of the solution.</summary>
    public static bool IsOptimized() =>
        typeof(Checkout).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    /// <summary>Refuses to measure with a program that the compiler did not optimize.</summary>
    /// <exception cref="LoadTestException">It did not.</exception>
    public static void RequireOptimized()
    {
        if (!IsOptimized())
        {
            throw LoadTestException.Usage(
                "This program was built without optimization, so its times mean nothing. Build it with --configuration Release.");
        }
    }

    /// <summary>The folder with the solution; null when the program runs elsewhere.</summary>
    public static string? Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) return folder.FullName;
        }

        return null;
    }

    /// <summary>Where results are kept; null when the program runs elsewhere.</summary>
    public static string? ResultsDirectory() => Root() is { } root ? Path.Combine(root, "perf", "results") : null;

    /// <summary>The commit, with a mark where files were changed since; "unknown" without git.</summary>
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
