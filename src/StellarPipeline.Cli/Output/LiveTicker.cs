using System.Globalization;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Cli.Output;

/// <summary>Says once a minute how far a command is that follows the network: it may run for weeks.</summary>
internal sealed class LiveTicker : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Timer timer;
    private uint? before;

    private LiveTicker(string network, string source, string database, Func<LiveStatus> status)
    {
        Say($"Following {network} from {source} into {database}.");
        Say("^C ends it after the current ledger; a line a minute says how far it is.");
        timer = new Timer(
            _ =>
            {
                LiveStatus now = status();
                Say(Line(now, before, DateTimeOffset.UtcNow));
                before = now.Latest;
            }, null, Interval, Interval);
    }

    /// <summary>Begins; null if only errors are printed.</summary>
    /// <param name="quiet">Whether only errors are printed.</param>
    /// <param name="network">Name of the network.</param>
    /// <param name="source">Where ledgers come from.</param>
    /// <param name="database">Where they go.</param>
    /// <param name="status">How far it is.</param>
    public static LiveTicker? Start(bool quiet, string network, string source, string database, Func<LiveStatus> status) =>
        quiet ? null : new LiveTicker(network, source, database, status);

    /// <summary>The line.</summary>
    /// <param name="status">How far it is.</param>
    /// <param name="before">The last ledger a minute ago; null if unknown.</param>
    /// <param name="now">The present time.</param>
    internal static string Line(LiveStatus status, uint? before, DateTimeOffset now)
    {
        if (status.IsStandingBy) return "live: standing by, because another process follows the network.";
        if (status is not { Latest: { } latest, ClosedAt: { } closed } || status.LagAt(now) is not { } lag)
            return "live: no ledger yet.";
        string last = string.Create(
            CultureInfo.InvariantCulture,
            $"ledger {latest:N0} of {closed.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC is the last, {LedgerAge.Of(lag)} old");
        string behind = status.Behind is { } ledgers && Math.Round(ledgers) > 0
            ? string.Create(CultureInfo.InvariantCulture, $", about {ledgers:N0} behind the network")
            : "";
        string rate = before is { } old && latest >= old
            ? string.Create(CultureInfo.InvariantCulture, $"; {latest - old:N0} stored in the last minute")
            : "";
        return $"live: {last}{behind}{rate}.";
    }

    public void Dispose() => timer.Dispose();

    private static void Say(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // Nobody reads it. The ledgers are what counts.
        }
    }
}
