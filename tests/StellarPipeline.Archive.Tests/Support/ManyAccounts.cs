using System.Buffers.Binary;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Writing;

namespace StellarPipeline.Archive.Tests.Support;

/// <summary>Many accounts in key order, which hardly compress.</summary>
internal static class ManyAccounts
{
    public static IEnumerable<BucketRecord> Make(int seed, int count) => Enumerable.Range(0, count).Select(i =>
    {
        byte[] id = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(id, i);
        byte[] noise = new byte[32];
        new Random((seed * 1_000_000) + i).NextBytes(noise);
        return new AccountBuilder { AccountId = id, Balance = seed, InflationDestination = noise }.Live();
    });
}
