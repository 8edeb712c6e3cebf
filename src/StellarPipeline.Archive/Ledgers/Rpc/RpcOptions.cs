using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>How ledgers are asked for by JSON-RPC.</summary>
public sealed record RpcOptions
{
    /// <summary>The passphrase of the network that the server must be of; null asks for none.</summary>
    /// <value>Default null.</value>
    public string? NetworkPassphrase { get; init; }

    /// <summary>Ledgers of one answer.</summary>
    /// <value>1 to 200, which is what servers allow. Default 10.</value>
    public int PageLedgers { get; init; } = 10;

    /// <summary>Most bytes of one answer.</summary>
    /// <value>Bytes, at least 4 KiB. Default 256 MiB.</value>
    public int MaxAnswerBytes { get; init; } = 256 << 20;

    /// <summary>How long an answer may take, from the question to its last byte.</summary>
    /// <value>Default 60 seconds.</value>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a question is asked when no answer, half of one or a wrong one comes.</summary>
    /// <value>1 to 1,000. Default 10.</value>
    public int Attempts { get; init; } = 10;

    /// <summary>The waits between two tries.</summary>
    /// <value>Default: half a second, doubled each time, at most 30 seconds.</value>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));

    /// <summary>The pause at the tip of the network, before it is asked for again.</summary>
    /// <value>Default 1 second. A fifth of the time between ledgers, but never longer than this.</value>
    public TimeSpan TipPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Most bytes of ledgers that were given and not disposed yet.</summary>
    /// <value>Default 64 MiB; one answer may have more.</value>
    public long BudgetBytes { get; init; } = 64L << 20;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(PageLedgers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PageLedgers, 200);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAnswerBytes, 4 << 10);
        ArgumentOutOfRangeException.ThrowIfLessThan(Attempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AnswerTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(BudgetBytes, 1);
    }
}
