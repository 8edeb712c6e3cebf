using System.Diagnostics;

namespace Pipeline.Cli.Tests;

/// <summary>Runs the program as a user does: a process of its own, arguments in, text and exit code out.</summary>
internal sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);
    private readonly Task<string> output;
    private readonly Task<string> error;

    private CliProcess(Process process)
    {
        Process = process;
        output = process.StandardOutput.ReadToEndAsync();
        error = process.StandardError.ReadToEndAsync();
    }

    public Process Process { get; }

    public static CliProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "stellar-pipeline.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        return new CliProcess(Process.Start(start)!);
    }

    public static async Task<CliResult> RunAsync(params string[] arguments)
    {
        using CliProcess process = Start(arguments);
        return await process.WaitAsync();
    }

    public async Task<CliResult> WaitAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await Process.WaitForExitAsync(deadline.Token);
        return new CliResult(Process.ExitCode, await output, await error);
    }

    /// <summary>Sends a signal by name, as the shell's kill does.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", Process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        Process.Dispose();
    }
}

/// <summary>How a process ended.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    public string All => Output + Error;
}
