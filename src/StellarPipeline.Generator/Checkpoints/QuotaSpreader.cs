namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Distributes an exact total to receivers in sequence: many get nothing, some get a little, few get a lot.</summary>
/// <remarks>
/// Counts have a geometric distribution with the mean of the remaining quota; one in 64 is multiplied by 8. The remaining quota never
/// exceeds what the remaining receivers can take.
/// </remarks>
internal struct QuotaSpreader(ulong seed, Domain domain, long total, long receivers, int mostPerReceiver)
{
    private long left = total;
    private long receiversLeft = receivers;

    public int Next()
    {
        if (left == 0) return 0;
        Entropy entropy = new(Entropy.Hash(seed, domain, (ulong)receiversLeft));
        ulong threshold = (ulong)((UInt128)(ulong)left * ulong.MaxValue / (ulong)(left + receiversLeft));
        long count = 0;
        while (count < mostPerReceiver && entropy.Next() < threshold) count++;
        if (entropy.Below(64) == 0) count *= 8;
        receiversLeft--;
        long least = Math.Max(0, left - (receiversLeft * mostPerReceiver));
        count = Math.Clamp(count, least, Math.Min(mostPerReceiver, left));
        left -= count;
        return (int)count;
    }
}
