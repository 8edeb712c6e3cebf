using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>
/// A target of <c>--report</c>: a file that is checked before the load, or standard output. JSON, or a page if the name ends in .html.
/// </summary>
internal sealed class ReportFile : IDisposable
{
    /// <summary>The name that means standard output.</summary>
    public const string StandardOutput = "-";

    private readonly string path;
    private readonly bool isOurs;
    private bool isWritten;

    private ReportFile(string path, bool isOurs)
    {
        this.path = path;
        this.isOurs = isOurs;
    }

    /// <summary>Whether it goes to standard output, which then has nothing else.</summary>
    public bool IsStandardOutput => path == StandardOutput;

    private bool IsPage => IsPageName(path);

    /// <summary>Whether the name of a file asks for a page.</summary>
    public static bool IsPageName(string name) =>
        name.EndsWith(".html", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".htm", StringComparison.OrdinalIgnoreCase);

    /// <summary>Makes sure that the file can be written. Its content stays until the report is written.</summary>
    /// <exception cref="CommandLineException">The file cannot be created or written (kind usage).</exception>
    public static ReportFile Open(string name)
    {
        if (name == StandardOutput) return new ReportFile(name, isOurs: false);
        try
        {
            var file = new FileInfo(name);
            bool isNew = !file.Exists && !Directory.Exists(file.FullName);
            using FileStream probe = new(file.FullName, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
            return new ReportFile(file.FullName, isNew);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new CommandLineException(
                FailureKind.Usage,
                $"--report: {name} cannot be written: {error.Message} Nothing was done. Name a file in a folder that exists and that you "
                    + $"may write.");
        }
    }

    /// <summary>Writes the report. The load is committed, so an error is only a warning.</summary>
    public Task WriteAsync(PopulateReport report) => WriteAsync(
        IsPage ? System.Text.Encoding.UTF8.GetBytes(HtmlReport.Render(report)) : report.ToJson(),
        problem => $"Warning: The load is committed, but its report could not be written to {path}: {problem}");

    /// <summary>
    /// Writes a report as JSON, or as a page if the name ends in .html. The work is done, so an error is only a warning.
    /// </summary>
    public Task WriteAsync(byte[] json, Func<string> page) => WriteAsync(
        IsPage ? System.Text.Encoding.UTF8.GetBytes(page()) : json,
        problem => $"Warning: The report could not be written to {path}: {problem}");

    /// <summary>Writes a report that has no page.</summary>
    /// <param name="json">The report.</param>
    public Task WriteAsync(byte[] json) =>
        WriteAsync(json, problem => $"Warning: The report could not be written to {path}: {problem}");

    /// <summary>Writes the report of a load that was refused, failed or was stopped.</summary>
    public Task WriteAsync(RunFailure failure) => WriteAsync(
        IsPage ? System.Text.Encoding.UTF8.GetBytes(HtmlReport.Render(failure)) : failure.ToJson(),
        problem => $"Warning: The report of the failure could not be written to {path}: {problem}");

    /// <summary>Deletes the empty file of the check if there is no report.</summary>
    public void Dispose()
    {
        if (isWritten || !isOurs) return;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: 0 }) File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // An empty file stays.
        }
    }

    private async Task WriteAsync(byte[] bytes, Func<string, string> warning)
    {
        isWritten = true;
        if (IsStandardOutput)
        {
            Console.WriteLine(System.Text.Encoding.UTF8.GetString(bytes));
            return;
        }

        try
        {
            await File.WriteAllBytesAsync(path, bytes, CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(warning(error.Message));
        }
    }
}
