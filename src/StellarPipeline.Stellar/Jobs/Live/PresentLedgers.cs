namespace StellarPipeline.Stellar.Jobs.Live;

/// <summary>The ledgers being stored, and the moments that the transaction of the next ledgers waits for.</summary>
/// <param name="Ledgers">The ledgers.</param>
/// <param name="Opened">Completes when their transaction is open: only then may the next one take a connection.</param>
/// <param name="HistorySent">Completes when their history is sent, or when they are committed.</param>
/// <param name="Stored">Completes when they are committed.</param>
internal sealed record PresentLedgers(IReadOnlyList<LedgerWork> Ledgers, Task Opened, Task HistorySent, Task Stored);
