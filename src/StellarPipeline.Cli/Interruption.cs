using System.Runtime.InteropServices;

namespace StellarPipeline.Cli;

/// <summary>Turns the first ^C or SIGTERM into a cancellation and the second one into an immediate end.</summary>
/// <remarks>After the first, the load is abandoned and the transaction rolled back. A second one does not wait for that: the server rolls back when the connection closes.</remarks>
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
        if (Interlocked.Increment(ref signals) > 1)
        {
            // Two signals in a row are handled side by side: the first may still be about to say what is going on. An error stream that takes nothing must not keep the process.
            announced.Wait(AnnouncementLimit);
            Environment.Exit(Outcome.IsCommitted ? ExitCode.Done : ExitCode.Interrupted);
        }

        Console.Error.WriteLine(Outcome.IsCommitted ? "Interrupted: the load is committed already. A second interrupt ends the process at once." : "Interrupted: rolling back. A second interrupt ends the process at once.");
        announced.Set();
        cancellation.Cancel();
    }
}
