using System.Text;
using StellarPipeline.Generator.Entries;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Keys;

namespace StellarPipeline.Archive.Tests.Support;

/// <summary>Entries of all ten types under a small set of keys that are hard to order, so that buckets share many of them.</summary>
internal static class RandomEntries
{
    private static readonly string[] Names = ["a", "aa", "b", "ab", "a\0", "name", "longer name than the others"];

    /// <summary>Makes an entry with a random key and a random value.</summary>
    public static EntryBuilder Next(Random random)
    {
        byte[] id = Id(random);
        EntryBuilder entry = random.Next(10) switch
        {
            0 =>
                new AccountBuilder
                {
                    AccountId = id,
                    Balance = random.NextInt64(),
                    HomeDomain = new byte[random.Next(33)],
                    Extension = random.Next(4),
                },
            1 => new TrustlineBuilder { AccountId = id, Asset = Asset(random), Balance = random.NextInt64(), Extension = random.Next(3) },
            2 => new OfferBuilder { SellerId = id, OfferId = random.Next(3) * long.MaxValue / 2, Amount = random.NextInt64() },
            3 => new DataBuilder { AccountId = id, Name = Encoding.ASCII.GetBytes(Pick(random, Names)), Value = new byte[random.Next(65)] },
            4 => new ClaimableBalanceBuilder { BalanceId = id, Amount = random.NextInt64() },
            5 => new LiquidityPoolBuilder { PoolId = id, ReserveA = random.NextInt64() },
            6 => new ContractDataBuilder
            {
                Contract = Address(random),
                StorageKey = Value(random, 0),
                Persistent = random.Next(2) == 0,
                Value = Value(random, 0),
            },
            7 => new ContractCodeBuilder { Hash = id, Code = new byte[random.Next(400)], HasCostInputs = random.Next(2) == 0 },
            8 => new ConfigSettingBuilder { SettingId = random.Next(18) },
            _ => new TimeToLiveBuilder { KeyHash = id, LiveUntilLedger = (uint)random.Next() },
        };
        entry.LastModifiedLedger = (uint)random.Next(1, 64);
        entry.Sponsor = random.Next(4) == 0 ? id : null;
        return entry;
    }

    /// <summary>Compares two encoded ledger keys as buckets do.</summary>
    public static int CompareKeys(byte[] left, byte[] right)
    {
        var leftKey = LedgerKeyLocation.OfKey(left);
        var rightKey = LedgerKeyLocation.OfKey(right);
        return LedgerKeyOrder.Compare(leftKey.Type, leftKey.Body(left), rightKey.Type, rightKey.Body(right));
    }

    private static byte[] Id(Random random)
    {
        byte[] id = new byte[32];
        id[random.Next(2) * 31] = (byte)random.Next(4);
        return id;
    }

    private static byte[] Asset(Random random) => random.Next(4) switch
    {
        0 => AssetXdr.PoolShare(Id(random)),
        1 => AssetXdr.Credit("ABCDEFGH", Id(random)),
        2 => AssetXdr.Credit("B", Id(random)),
        _ => AssetXdr.Credit("AB", Id(random)),
    };

    private static byte[] Address(Random random) =>
        random.Next(3) == 0 ? ScAddressXdr.Account(Id(random)) : ScAddressXdr.Contract(Id(random));

    private static byte[] Value(Random random, int depth) => random.Next(depth < 3 ? 10 : 7) switch
    {
        0 => ScValueXdr.NonceKey(random.Next(-3, 3)),
        1 => ScValueXdr.Symbol(Pick(random, Names[..4])),
        2 => ScValueXdr.Text(Pick(random, Names)),
        3 => ScValueXdr.I128(random.Next(-2, 2)),
        4 => ScValueXdr.InstanceKey(),
        5 => ScValueXdr.U32((uint)random.Next(3)),
        6 => ScValueXdr.VecAbsent(),
        7 => ScValueXdr.Vec(Enumerable.Range(0, random.Next(3)).Select(_ => Value(random, depth + 1)).ToArray()),
        8 =>
            ScValueXdr.Map(Enumerable.Range(0, random.Next(3)).Select(_ => (Value(random, depth + 1), Value(random, depth + 1))).ToArray()),
        _ => ScValueXdr.Address(Address(random)),
    };

    private static string Pick(Random random, string[] items) => items[random.Next(items.Length)];
}
