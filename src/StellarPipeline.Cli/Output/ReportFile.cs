using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli.Output;

/// <summary>The file of <c>--report</c>: found writable before the load, written after it.</summary>
internal sealed class ReportFile : IDisposable
{
    private readonly string path;
    private readonly bool isOurs;
    private bool isWritten;

    private ReportFile(string path, bool isOurs)
    {
        this.path = path;
        this.isOurs = isOurs;
    }

    /// <summary>Makes sure that the file can be written. What it holds stays until the report is written.</summary>
    /// <returns>Null where no report is wanted.</returns>
    /// <exception cref="CommandLineException">It cannot be made or written (kind usage).</exception>
    public static ReportFile? Open(FileInfo? file)
    {
        if (file is null) return null;
        try
        {
            bool isNew = !file.Exists && !Directory.Exists(file.FullName);
            using FileStream probe = new(file.FullName, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
            return new ReportFile(file.FullName, isNew);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new CommandLineException(FailureKind.Usage, $"--report: {file.FullName} cannot be written: {error.Message} Nothing was done. Name a file in a folder that exists and that you may write.");
        }
    }

    /// <summary>Writes the report. The load is committed by now, so a failure is told and is none of the load.</summary>
    /// <param name="json">The report as JSON.</param>
    public async Task WriteAsync(byte[] json)
    {
        isWritten = true;
        try
        {
            await File.WriteAllBytesAsync(path, json, CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"Warning: The load is committed, but its report could not be written to {path}: {error.Message}");
        }
    }

    /// <summary>Takes the empty file back that the probe has made, where there is no report.</summary>
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
}
