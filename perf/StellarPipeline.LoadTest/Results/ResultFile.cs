using System.Globalization;

namespace StellarPipeline.LoadTest.Results;

/// <summary>Where sections are kept: one file a day below a folder of the CPU's name; sections are appended, never replaced.</summary>
internal static class ResultFile
{
    /// <summary>Appends a section.</summary>
    /// <param name="directory">The folder of all results.</param>
    /// <param name="machine">Where was measured.</param>
    /// <param name="ending">How the file's name ends, after the date.</param>
    /// <param name="title">What a new file is headed with, before the machine.</param>
    /// <param name="started">When the run began.</param>
    /// <param name="section">The section.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <returns>The file.</returns>
    public static async Task<string> AppendAsync(
        string directory, MachineFacts machine, string ending, string title, DateTimeOffset started, string section,
        CancellationToken cancellationToken)
    {
        string folder = Path.Combine(directory, machine.CpuFolder);
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, started.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ending);
        string heading = File.Exists(file) ? "\n" : FormattableString.Invariant($"# {title} on {machine.Cpu}, {machine.Cores} cores\n\n");
        await File.AppendAllTextAsync(file, heading + section, cancellationToken);
        return file;
    }
}
