using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests.Generator;

/// <summary>Checks an archive from its files alone, by other code than the one that wrote them.</summary>
internal static class ArchiveOracle
{
    private const int PreviousHashOffset = 32 + 4;

    /// <summary>Asserts hash names, header chain and commitment; returns the number of headers.</summary>
    public static int CheckProof(string folder, uint checkpoint, uint frequency)
    {
        string hex = checkpoint.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
        string directory = $"{hex[..2]}/{hex[2..4]}/{hex[4..6]}";
        using var state = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, $"history/{directory}/history-{hex}.json")));
        List<byte[]> headers = RecordFraming.Split(GzipFiles.Read(Path.Combine(folder, $"ledger/{directory}/ledger-{hex}.xdr.gz")));
        Assert.Equal(checkpoint, state.RootElement.GetProperty("currentLedger").GetUInt32());
        Assert.Equal(checkpoint < frequency ? (int)frequency - 1 : (int)frequency, headers.Count);
        uint protocol = 0;
        byte[] commitment = [];
        for (int index = 0; index < headers.Count; index++)
        {
            byte[] record = headers[index];
            Assert.Equal(record[..32], SHA256.HashData(record.AsSpan(32..^4)));
            if (index > 0) Assert.Equal(headers[index - 1][..32], record[PreviousHashOffset..(PreviousHashOffset + 32)]);
            (protocol, uint ledger, commitment) = ReadHeader(record.AsSpan(32));
            Assert.Equal(checkpoint - (uint)(headers.Count - 1 - index), ledger);
        }

        byte[] live = ListHash(folder, state.RootElement.GetProperty("currentBuckets"));
        byte[] expected =
            protocol < 23 ? live : SHA256.HashData([.. live, .. ListHash(folder, state.RootElement.GetProperty("hotArchiveBuckets"))]);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(commitment));
        return headers.Count;
    }

    /// <summary>Bucket contents of one list, newest first; empty buckets are empty arrays.</summary>
    public static List<byte[]> ReadBuckets(string folder, string listName = "currentBuckets")
    {
        using var state = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, ".well-known/stellar-history.json")));
        List<byte[]> buckets = [];
        foreach (JsonElement level in state.RootElement.GetProperty(listName).EnumerateArray())
        {
            buckets.Add(ReadBucket(folder, level.GetProperty("curr").GetString()!));
            buckets.Add(ReadBucket(folder, level.GetProperty("snap").GetString()!));
        }

        return buckets;
    }

    private static byte[] ListHash(string folder, JsonElement levels)
    {
        Assert.Equal(11, levels.GetArrayLength());
        List<byte> concatenated = [];
        foreach (JsonElement level in levels.EnumerateArray())
        {
            string curr = level.GetProperty("curr").GetString()!;
            string snap = level.GetProperty("snap").GetString()!;
            ReadBucket(folder, curr);
            ReadBucket(folder, snap);
            concatenated.AddRange(SHA256.HashData([.. Convert.FromHexString(curr), .. Convert.FromHexString(snap)]));
        }

        return SHA256.HashData(concatenated.ToArray());
    }

    private static byte[] ReadBucket(string folder, string hash)
    {
        if (hash.All(digit => digit == '0')) return [];
        byte[] bytes = GzipFiles.Read(Path.Combine(folder, $"bucket/{hash[..2]}/{hash[2..4]}/{hash[4..6]}/bucket-{hash}.xdr.gz"));
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        return bytes;
    }

    private static (uint Protocol, uint Ledger, byte[] Commitment) ReadHeader(ReadOnlySpan<byte> header)
    {
        int at = 4 + 32 + 32 + 8;
        int upgrades = Take(header, ref at);
        for (int index = 0; index < upgrades; index++)
        {
            int length = Take(header, ref at);
            at += (length + 3) & ~3;
        }

        int arm = Take(header, ref at);
        at += (arm is 3 or 4 ? 8 : 0) + (arm is 2 or 4 ? 68 : 0);
        if (arm != 0)
        {
            at += 36;
            int length = Take(header, ref at);
            at += (length + 3) & ~3;
        }

        return (BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[(at + 64)..]),
            header.Slice(at + 32, 32).ToArray());
    }

    private static int Take(ReadOnlySpan<byte> bytes, ref int at)
    {
        at += 4;
        return BinaryPrimitives.ReadInt32BigEndian(bytes[(at - 4)..]);
    }
}
