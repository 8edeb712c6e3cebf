using System.Globalization;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Generator.Ledgers.Output;
using StellarPipeline.Generator.Network;

namespace StellarPipeline.Cli.Commands;

/// <summary>
/// Writes a simulated network: an archive of its state, the ledgers as they close, and an archive of its state after them.
/// </summary>
internal sealed class NetworkWriter(SimulatedNetwork network, string folder, CancellationToken cancellationToken)
{
    private uint first;
    private long transactions;
    private long operations;

    public void WriteStore(int ledgers, int ledgersPerObject) => Write(ledgers, closed =>
        LedgerDataStore.Write(
            Path.Combine(folder, "ledgers"), network.Passphrase, closed, ledgersPerObject, cancellationToken: cancellationToken));

    public void WriteStream(int ledgers) => Write(ledgers, closed =>
        LedgerStreamFile.Write(Path.Combine(folder, "ledgers.xdr.zst"), closed, cancellationToken));

    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"Checkpoint {first - 1:N0}, ledgers {first:N0} to {network.Ledger:N0} with {transactions:N0} transactions and {operations:N0} "
            + $"operations, "
        + $"checkpoint {network.Ledger:N0} with {network.LiveEntries().Count:N0} live and {network.ArchivedEntries().Count:N0} archived "
        + $"entries: {folder}");

    private void Write(int ledgers, Action<IEnumerable<GeneratedLedger>> writeLedgers)
    {
        network.WriteCheckpoint(Path.Combine(folder, "archive-a"), cancellationToken);
        first = network.Ledger + 1;
        writeLedgers(Enumerable.Range(0, ledgers).Select(_ => Close()));
        network.WriteCheckpoint(Path.Combine(folder, "archive-b"), cancellationToken);
    }

    private GeneratedLedger Close()
    {
        GeneratedLedger ledger = network.Close();
        transactions += ledger.Transactions;
        operations += ledger.Operations;
        return ledger;
    }
}
