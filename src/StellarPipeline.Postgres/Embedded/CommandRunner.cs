using System.Diagnostics;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>What a program printed and how it ended.</summary>
/// <param name="ExitCode">Zero for success.</param>
/// <param name="Output">Standard output, then standard error.</param>
internal sealed record CommandResult(int ExitCode, string Output);

/// <summary>Runs a program to its end and keeps what it prints.</summary>
/// <remarks>
/// The program does not inherit PG* variables: PGDATA or PGOPTIONS of the user's shell must not affect a private server. It prints English
/// messages (LC_ALL=C), because its output is parsed.
/// </remarks>
internal static class CommandRunner
{
    /// <summary>Runs a program and waits for it.</summary>
    /// <param name="command">Program first, then its arguments; never interpreted by a shell.</param>
    /// <param name="timeout">After this time, the program is killed and <see cref="TimeoutException"/> is thrown.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <param name="input">Text for its standard input; null for none.</param>
    public static async Task<CommandResult> RunAsync(
        IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellationToken, string? input = null)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        using Process process = Start(command);
        try
        {
            await WriteInputAsync(process, input).ConfigureAwait(false);
            Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
            string text = await output.ConfigureAwait(false) + await errors.ConfigureAwait(false);
            await process.WaitForExitAsync(deadline.Token).ConfigureAwait(false);
            return new CommandResult(process.ExitCode, text);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"{Path.GetFileName(command[0])} did not end within {timeout.TotalSeconds:N0} s.");
        }
    }

    private static async Task WriteInputAsync(Process process, string? input)
    {
        try
        {
            // The text has only a few lines. They fit into the pipe, so this does not block even if the program never reads them.
            if (input is not null)
                await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program has ended without reading its input; its exit code tells why.
        }
    }

    /// <summary>Starts a program with its three streams connected to this process.</summary>
    public static Process Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            // The server's user may not be allowed to enter the current folder.
            WorkingDirectory = Path.GetPathRoot(Environment.SystemDirectory) is { Length: > 0 } root ? root : "/",
        };
        foreach (string? argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (string? name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} could not be started.");
    }

    /// <summary>Finds a program in the folders of PATH.</summary>
    /// <returns>Its full path, or null.</returns>
    public static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Concat(OperatingSystem.IsWindows() ? [] : ["/usr/sbin", "/sbin", "/usr/bin", "/bin"])
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);
}
