namespace StellarPipeline.Generator.Checkpoints;

/// <summary>Deals out an exact total to receivers that come one after the other: many get nothing, some a little, few a lot.</summary>
/// <remarks>
/// Geometric with the mean of what is left, one in 64 multiplied by 8; what is left always fits the receivers that are left.
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
