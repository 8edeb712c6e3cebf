using System.Globalization;
using System.Runtime.InteropServices;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Cli;

/// <summary>Turns the first ^C or SIGTERM into a cancellation and the second one into an immediate end.</summary>
/// <remarks>
/// While a COMMIT is out nothing can be called off: the first signal is answered with that fact and how to ask, the second one ends the
/// process with the code for an unknown outcome. Before that, after the first the load is abandoned and the transaction rolled back. A
/// second one does not wait for that: the server rolls back when the connection closes.
/// </remarks>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan AnnouncementLimit = TimeSpan.FromMilliseconds(250);

    private readonly CancellationTokenSource cancellation = new();
    private readonly ManualResetEventSlim announced = new();
    private readonly PosixSignalRegistration[] registrations;
    private int signals;

    public Interruption() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
    ];

    /// <summary>What is known of the COMMIT of this process's load.</summary>
    public static CommitWatch Commits { get; } = new();

    /// <summary>What the first signal is answered with, for a command that does not roll back; empty where ^C is for another program in the
    /// foreground.</summary>
    public static string? Announcement { get; set; }

    public CancellationToken Token => cancellation.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations) registration.Dispose();
        cancellation.Dispose();
        announced.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;

        // Another program in the foreground answers it.
        if (Announcement == "" && context.Signal == PosixSignal.SIGINT) return;
        if (Interlocked.Increment(ref signals) > 1)
        {
            // Two signals in a row are handled side by side: the first may still be about to say what is going on. An error stream that
            // takes nothing must not keep the process.
            announced.Wait(AnnouncementLimit);
            Environment.Exit(Commits.Current is not null ? ExitCode.Database : Outcome.IsCommitted ? ExitCode.Done : ExitCode.Interrupted);
        }

        if (Commits.Current is { } commit)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Interrupted, but COMMIT is out and cannot be called off: transaction {commit.TransactionId}, server process "
                        + $"{commit.ProcessId} on {commit.Server}. Its answer is waited for. ")
                + $"A second interrupt ends the process with exit code {ExitCode.Database}, the outcome unknown; ask for it with "
                + $"{commit.Query}: committed means that the load is complete.");
            announced.Set();
            return;
        }

        Console.Error.WriteLine(
            Announcement
                ?? (Outcome.IsCommitted ? "Interrupted: the load is committed already. A second interrupt ends the process at once."
                    : "Interrupted: rolling back. A second interrupt ends the process at once."));
        announced.Set();
        cancellation.Cancel();
    }
}
