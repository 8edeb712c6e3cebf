using System.Buffers.Binary;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Writing;

/// <summary>Splits record-marked bytes into bodies, and joins bodies (RFC 5531 section 11, one fragment per record).</summary>
internal static class RecordFraming
{
    /// <summary>The record bodies, without their marks. The input must be valid.</summary>
    /// <param name="bytes">Whole records.</param>
    /// <returns>The bodies in order.</returns>
    public static List<byte[]> Split(ReadOnlySpan<byte> bytes)
    {
        List<byte[]> bodies = [];
        while (!bytes.IsEmpty)
        {
            int length = (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes) & 0x7fff_ffff);
            bodies.Add(bytes.Slice(4, length).ToArray());
            bytes = bytes[(4 + length)..];
        }

        return bodies;
    }

    /// <summary>Puts a mark in front of each body.</summary>
    /// <param name="bodies">The bodies in order.</param>
    /// <returns>The framed bytes.</returns>
    public static byte[] Join(IEnumerable<byte[]> bodies)
    {
        ArgumentNullException.ThrowIfNull(bodies);
        using XdrWriter writer = new();
        foreach (byte[] body in bodies)
        {
            int start = writer.BeginRecord();
            writer.WriteRaw(body);
            writer.EndRecord(start);
        }

        return writer.ToArray();
    }
}
