using System.Globalization;

namespace StellarPipeline.LoadTest.Results;

/// <summary>Where sections are kept: one file a day below a folder of the CPU's name; sections are appended, never replaced.</summary>
internal static class ResultFile
{
    /// <summary>Prints a section, and appends it to its file where results are kept.</summary>
    /// <param name="log">Where it is printed, and then the file's name.</param>
    /// <param name="directory">The folder of all results; null to keep none.</param>
    /// <param name="machine">Where was measured.</param>
    /// <param name="ending">How the file's name ends, after the date.</param>
    /// <param name="title">What a new file is headed with, before the machine.</param>
    /// <param name="started">When the run began.</param>
    /// <param name="section">The section.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
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
