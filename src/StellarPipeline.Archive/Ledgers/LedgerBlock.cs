using System.Buffers;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>Pooled memory shared by several holders and lent from a byte budget.</summary>
internal sealed class LedgerBlock
{
    private readonly ByteBudget budget;
    private int holders = 1;
    private long lentBytes;

    /// <summary>Takes ownership of an array of the shared pool. The creator is the first holder.</summary>
    /// <param name="array">The array.</param>
    /// <param name="budget">The budget from which bytes were borrowed.</param>
    /// <param name="lentBytes">Number of bytes borrowed. If the array needs more, the rest is overdrawn; if it needs less, the rest is
    /// returned.</param>
    public LedgerBlock(byte[] array, ByteBudget budget, long lentBytes)
    {
        Array = array;
        this.budget = budget;
        this.lentBytes = array.Length;
        if (lentBytes > array.Length)
            budget.Release(lentBytes - array.Length);
        else
            budget.Overdraw(array.Length - lentBytes);
    }

    public byte[] Array { get; private set; }

    public void Hold() => Interlocked.Increment(ref holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref holders) != 0)
            return;
        byte[] array = Array;
        Array = [];
        ArrayPool<byte>.Shared.Return(array);
        budget.Release(lentBytes);
        lentBytes = 0;
    }
}
