using System.Buffers.Binary;
using System.Numerics;

namespace StellarPipeline.Archive.Transport.Cache;

/// <summary>The checksum CRC-32C (RFC 3720, appendix B.4), computed with the processor's instruction for it.</summary>
internal static class Crc32C
{
    /// <summary>The state before the first byte.</summary>
    public const uint Start = uint.MaxValue;

    /// <summary>Adds bytes to a state.</summary>
    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
            state = BitOperations.Crc32C(state, value);
        return state;
    }

    /// <summary>The checksum of all added bytes.</summary>
    public static uint End(uint state) => ~state;
}
