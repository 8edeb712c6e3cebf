using System.Globalization;

namespace StellarPipeline.LoadTest.Results;

/// <summary>The files of results: one per day in a folder named after the CPU; sections are appended, never replaced.</summary>
internal static class ResultFile
{
    /// <summary>Prints a section, and appends it to its file if results are saved.</summary>
    /// <param name="log">Receives the section, then the file's name.</param>
    /// <param name="directory">The folder of all results; null saves nothing.</param>
    /// <param name="machine">The measured machine.</param>
    /// <param name="ending">The end of the file's name, after the date.</param>
    /// <param name="title">The heading of a file that is created, before the machine.</param>
    /// <param name="started">When the run began.</param>
    /// <param name="section">The section.</param>
    /// <param name="cancellationToken">Cancels writing.</param>
    public static async Task TellAsync(
        TextWriter log, string? directory, MachineFacts machine, string ending, string title, DateTimeOffset started, string section,
        CancellationToken cancellationToken)
    {
        await log.WriteLineAsync(section);
        if (directory is null) return;
        string folder = Path.Combine(directory, machine.CpuFolder);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, started.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ending);
        string heading = File.Exists(file) ? "\n" : FormattableString.Invariant($"# {title} on {machine.Cpu}, {machine.Cores} cores\n\n");
        await File.AppendAllTextAsync(file, heading + section, cancellationToken);
        await log.WriteLineAsync($"Appended to {file}.");
    }
}
