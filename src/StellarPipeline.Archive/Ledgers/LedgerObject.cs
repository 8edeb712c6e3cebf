namespace StellarPipeline.Archive.Ledgers;

/// <summary>A data-store object in memory, split into its ledgers.</summary>
/// <param name="Block">Its memory. The owner of the object holds it once.</param>
/// <param name="File">Name or URL, for messages.</param>
/// <param name="First">Its first ledger.</param>
/// <param name="Last">Its last ledger.</param>
/// <param name="Starts">Where each ledger begins; the last item is the end of the last ledger.</param>
internal sealed record LedgerObject(LedgerBlock Block, string File, uint First, uint Last, int[] Starts)
{
    /// <summary>Returns one ledger.</summary>
    /// <param name="ledger">Its number.</param>
    /// <returns>The ledger, which holds the memory until it is disposed.</returns>
    public LedgerBuffer Take(uint ledger)
    {
        int index = (int)(ledger - First);
        Block.Hold();
        return new LedgerBuffer(Block, ledger, Starts[index], Starts[index + 1] - Starts[index], File, Starts[index]);
    }
}
