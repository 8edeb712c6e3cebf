using System.Buffers;

namespace StellarPipeline.Fuzz.Tests.Harness;

/// <summary>A pool for one thread that knows how much of it is out, and how much ever was.</summary>
internal sealed class MeasuredPool : ArrayPool<byte>
{
    private readonly Dictionary<int, Stack<byte[]>> free = [];

    public long OutBytes { get; private set; }

    public int OutArrays { get; private set; }

    public long OutBytesMost { get; private set; }

    public void StartCase() => OutBytesMost = OutBytes = OutArrays = 0;

    public override byte[] Rent(int minimumLength)
    {
        int length = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, minimumLength));
        byte[] array = free.TryGetValue(length, out Stack<byte[]>? stack) && stack.TryPop(out byte[]? kept) ? kept : new byte[length];
        OutArrays++;
        OutBytes += length;
        OutBytesMost = Math.Max(OutBytesMost, OutBytes);
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        OutArrays--;
        OutBytes -= array.Length;
        // What is read after it was given back must not look right by chance.
        array.AsSpan(0, Math.Min(array.Length, 64)).Fill(0xdb);
        if (!free.TryGetValue(array.Length, out Stack<byte[]>? stack))
            free[array.Length] = stack = new Stack<byte[]>();
        stack.Push(array);
    }
}
