using System.Diagnostics;

namespace StellarPipeline.LoadTest.Measuring;

/// <summary>Runs other programs, with which the product is compared.</summary>
internal static class ExternalProgram
{
    /// <summary>Finds a program in the folders of PATH.</summary>
    /// <returns>Its full path, or null.</returns>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name))
        .FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end. Standard output is discarded; standard error becomes part of the error message.</summary>
    /// <param name="program">Full path or name.</param>
    /// <param name="arguments">Arguments; no shell is involved.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="input">The text for standard input; null for none.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="LoadTestException">The program could not be started, or its exit code is not 0.</exception>
    public static async Task RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, string? input,
        CancellationToken cancellationToken)
    {
        var start =
            new ProcessStartInfo(program)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using Process process = Process.Start(start) ?? throw LoadTestException.Failed($"{program} could not be started.");
        try
        {
            Task<string> complaints = process.StandardError.ReadToEndAsync(cancellationToken);
            Task output = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, 1 << 20, cancellationToken);
            if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
            await output;
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw LoadTestException.Failed(
                    $"{Path.GetFileName(program)} ended with code {process.ExitCode}: {(await complaints).Trim()}");
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
