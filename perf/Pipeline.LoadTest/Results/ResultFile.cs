using System.Globalization;

namespace Pipeline.LoadTest.Results;

/// <summary>Where sections are kept: one file a day below a folder of the CPU's name; sections are appended, never replaced.</summary>
internal static class ResultFile
{
    public static async Task<string> AppendAsync(string directory, RunFacts facts, string section, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(directory, facts.Machine.CpuFolder);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, facts.Started.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".md");
        string heading = File.Exists(file) ? "\n" : FormattableString.Invariant($"# Load test on {facts.Machine.Cpu}, {facts.Machine.Cores} cores\n\n");
        await File.AppendAllTextAsync(file, heading + section, cancellationToken);
        return file;
    }
}
