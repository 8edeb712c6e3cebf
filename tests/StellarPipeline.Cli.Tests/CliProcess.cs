using System.Diagnostics;
using System.Text;

namespace StellarPipeline.Cli.Tests;

/// <summary>Runs the program as a user does: a process of its own, arguments in, text and exit code out.</summary>
internal sealed class CliProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    // A job that a script starts in the background ignores SIGINT, and so would every program that its tests start.
    private static readonly string[] WithDefaultSignals = ["env", "--default-signal=INT,TERM"];
    private static readonly Lazy<bool> CanResetSignals = new(() => Exits("env", WithDefaultSignals[1], "true"));

    private readonly Task<string> output;
    private readonly Task<string> error;
    private readonly StringBuilder saidSoFar = new();

    private CliProcess(Process process)
    {
        Process = process;
        output = process.StandardOutput.ReadToEndAsync();
        error = ReadErrorAsync();
    }

    /// <summary>
    /// The program in its own output folder: beside the tests it would lack the assemblies that their web server brings with it.
    /// </summary>
    public static string Program { get; } = Path.Combine(
        AppContext.BaseDirectory.Replace($"{Path.DirectorySeparatorChar}StellarPipeline.Cli.Tests{Path.DirectorySeparatorChar}",
            $"{Path.DirectorySeparatorChar}StellarPipeline.Cli{Path.DirectorySeparatorChar}", StringComparison.Ordinal),
        "stellar-pipeline.dll");

    /// <summary>
    /// How the program is started. PIPELINE_TEST_PROGRAM names another build of it, such as a native one, which then does every test.
    /// </summary>
    public static IReadOnlyList<string> Command { get; } =
        Environment.GetEnvironmentVariable("PIPELINE_TEST_PROGRAM") is { Length: > 0 } other ? [other] : ["dotnet", Program];

    public Process Process { get; }

    public static CliProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    /// <summary>Starts the program with variables of its environment set.</summary>
    public static CliProcess Start(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        string[] command = [.. CanResetSignals.Value ? WithDefaultSignals : [], .. Command, .. arguments];
        var start =
            new ProcessStartInfo(command[0],
                command[1..])
            { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };

        // What the machine is set up for must not decide where a test loads.
        foreach (string name in start.Environment.Keys.Where(
            name => name is "DATABASE_URL" or "PGHOST" or "PGHOSTADDR" or "PGSERVICE" or "PGDATABASE"
                || name.StartsWith("STELLAR_PIPELINE_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in variables) start.Environment[name] = value;
        return new CliProcess(Process.Start(start)!);
    }

    public static Task<CliResult> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(), arguments);

    public static async Task<CliResult> RunAsync(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        using CliProcess process = Start(variables, arguments);
        return await process.WaitAsync();
    }

    /// <summary>Runs the program with a shell's redirections, such as "&gt; /dev/full".</summary>
    public static async Task<CliResult> RunRedirectedAsync(string redirections, params string[] arguments)
    {
        string[] command = ["-c", $"exec \"$@\" {redirections}", "sh", .. Command, .. arguments];
        using var process =
            new CliProcess(
                Process.Start(
                    new ProcessStartInfo("/bin/sh",
                        command)
                    { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!);
        return await process.WaitAsync();
    }

    public async Task<CliResult> WaitAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await Process.WaitForExitAsync(deadline.Token);
        return new CliResult(Process.ExitCode, await output, await error);
    }

    /// <summary>Waits until the program has said something on its error stream.</summary>
    public async Task SaysAsync(string text)
    {
        long started = Stopwatch.GetTimestamp();
        while (!SaidSoFar().Contains(text, StringComparison.Ordinal))
        {
            Assert.True(!error.IsCompleted || SaidSoFar().Contains(text, StringComparison.Ordinal),
                $"The program ended without saying \"{text}\": {SaidSoFar()}");
            Assert.True(Stopwatch.GetElapsedTime(started) < Deadline, $"The program does not say \"{text}\": {SaidSoFar()}");
            await Task.Delay(10);
        }
    }

    /// <summary>
    /// Waits until the program has said a whole line that begins with a text on its error stream: a line may come in parts.
    /// </summary>
    /// <param name="start">The text, which no line before begins with.</param>
    /// <returns>The rest of the line.</returns>
    public async Task<string> SaysLineAsync(string start)
    {
        await SaysAsync(start);
        while (true)
        {
            string rest = SaidSoFar().Split(start, 2)[1];
            if (rest.IndexOf('\n', StringComparison.Ordinal) is >= 0 and var end) return rest[..end].TrimEnd('\r');
            Assert.False(error.IsCompleted, $"The program ended within a line: {SaidSoFar()}");
            await Task.Delay(10);
        }
    }

    /// <summary>Sends a signal by name, as the shell's kill does.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", Process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private async Task<string> ReadErrorAsync()
    {
        char[] buffer = new char[4096];
        while (await Process.StandardError.ReadAsync(buffer) is > 0 and var read)
        {
            lock (saidSoFar) saidSoFar.Append(buffer, 0, read);
        }

        return SaidSoFar();
    }

    /// <summary>What the program has said on its error stream.</summary>
    public string SaidSoFar()
    {
        lock (saidSoFar) return saidSoFar.ToString();
    }

    private static bool Exits(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
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
