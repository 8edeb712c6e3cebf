using System.Globalization;
using System.Runtime.InteropServices;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Cli;

/// <summary>Turns the first ^C or SIGTERM into a cancellation and the second one into an immediate end.</summary>
/// <remarks>
/// While a COMMIT is waiting for its answer, nothing can be cancelled: the first signal prints that and how to find out the outcome; the
/// second one ends the process with the exit code for an unknown outcome. Before COMMIT, the first signal cancels the load and rolls its
/// transaction back; a second one ends the process at once, and the server rolls back when the connection closes.
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

    /// <summary>The state of the COMMIT of this process's load.</summary>
    public static CommitWatch Commits { get; } = new();

    /// <summary>
    /// Printed on the first signal, for a command that does not roll back; empty if ^C is meant for another program in the foreground.
    /// </summary>
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

        // Another program in the foreground handles it.
        if (Announcement == "" && context.Signal == PosixSignal.SIGINT) return;
        if (Interlocked.Increment(ref signals) > 1)
        {
            // Two signals in a row are handled concurrently: the first may still be printing its message. A blocked error stream must not
            // keep the process alive.
            announced.Wait(AnnouncementLimit);
            Environment.Exit(Commits.Current is not null ? ExitCode.Database : Outcome.IsCommitted ? ExitCode.Done : ExitCode.Interrupted);
        }

        if (Commits.Current is { } commit)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"Interrupted, but COMMIT was sent and cannot be cancelled: transaction {commit.TransactionId}, server process "
                        + $"{commit.ProcessId} on {commit.Server}. Waiting for its answer. ")
                + $"A second interrupt ends the process with exit code {ExitCode.Database} and an unknown outcome; find it out with "
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
