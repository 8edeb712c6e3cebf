using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>How ledgers are requested by JSON-RPC.</summary>
public sealed record RpcOptions
{
    /// <summary>Passphrase of the network that the server must belong to; null accepts any.</summary>
    /// <value>Default null.</value>
    public string? NetworkPassphrase { get; init; }

    /// <summary>Ledgers per response.</summary>
    /// <value>1 to 200, the limit of servers. Default 10.</value>
    public int PageLedgers { get; init; } = 10;

    /// <summary>Size limit of a response.</summary>
    /// <value>Bytes, at least 4 KiB. Default 256 MiB.</value>
    public int MaxAnswerBytes { get; init; } = 256 << 20;

    /// <summary>Time limit of a request, from its start to the last byte of the response.</summary>
    /// <value>Default 60 seconds.</value>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Maximum number of attempts per request, if there is no response, or it is truncated or invalid.</summary>
    /// <value>At least 1. Default 10.</value>
    public int Attempts { get; init; } = 10;

    /// <summary>The waits between attempts.</summary>
    /// <value>Default: half a second, doubled each time, at most 30 seconds.</value>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(30));

    /// <summary>The pause at the tip of the network before the next request.</summary>
    /// <value>Default 1 second.</value>
    public TimeSpan TipPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Limit for the bytes of ledgers that have been returned and not disposed.</summary>
    /// <value>Bytes. Default 64 MiB; one response may exceed it.</value>
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
