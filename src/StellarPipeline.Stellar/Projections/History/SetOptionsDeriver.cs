using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Ledgers.Operations;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Stream 1, SET_OPTIONS: rows in this order.</summary>
/// <remarks>
/// | given in the operation | rows |
/// | home domain | HOME_DOMAIN SET, CLEAR or UPDATE against the account before; none if equal |
/// | thresholds | SIGNATURE_THRESHOLD UPDATE for LOW, MEDIUM, HIGH, old from the account before, also if equal; not for the master weight |
/// | flags | FLAGS SET, then FLAGS CLEAR, with the known bits of the operation, whatever was set before |
/// | accounts whose signers differ | per signer before, in the order of strkeys: SIGNER REMOVE or UPDATE; then per added one: SIGNER ADD |
/// The account's own key is one of the signers if its weight is above 0.
/// </remarks>
internal sealed class SetOptionsDeriver(StateChangeWriter rows, OperationChanges changes, KeyValueJson json, HistoryCounts counts)
{
    private const int MaxWeight = short.MaxValue;

    private readonly int[] order = new int[XdrLimits.Signers + 1];
    private readonly int[] scratch = new int[XdrLimits.Signers + 1];

    public void Derive(in OperationContext operation)
    {
        SetOptionsOperation body = operation.Operation.AsSetOptions();
        var account = Party.Account(operation.Source);
        if (body.HasHomeDomain || body.LowThreshold is not null || body.MediumThreshold is not null || body.HighThreshold is not null)
        {
            if (changes.TryFindAccountBefore(operation, operation.Source, out PairView own))
            {
                AccountEntryView before = own.Before.AsAccount();
                if (body.HasHomeDomain) WriteHomeDomain(operation, account, before.HomeDomain, body.HomeDomain);
                WriteThreshold(operation, account, "LOW"u8, before.Thresholds[1], body.LowThreshold);
                WriteThreshold(operation, account, "MEDIUM"u8, before.Thresholds[2], body.MediumThreshold);
                WriteThreshold(operation, account, "HIGH"u8, before.Thresholds[3], body.HighThreshold);
            }
            else
            {
                counts.Skipped++;
            }
        }

        WriteFlags(account, "SET"u8, body.SetFlags);
        WriteFlags(account, "CLEAR"u8, body.ClearFlags);
        foreach (PairView pair in changes.Of(operation))
        {
            if (pair.Type == LedgerEntryType.Account) WriteSigners(operation, account, pair);
        }
    }

    private void WriteHomeDomain(in OperationContext operation, Party account, ReadOnlySpan<byte> old, ReadOnlySpan<byte> value)
    {
        if (old.SequenceEqual(value)) return;
        if (old.Contains((byte)0) || value.Contains((byte)0)) HistoryThrow.Broken(operation, "A home domain contains a NUL character.");
        json.Begin();
        if (!value.IsEmpty) json.AddText("new"u8, value);
        if (!old.IsEmpty) json.AddText("old"u8, old);
        ReadOnlySpan<byte> reason = old.IsEmpty ? "SET"u8 : value.IsEmpty ? "CLEAR"u8 : "UPDATE"u8;
        rows.Write(new StateChange("HOME_DOMAIN"u8, reason, account) { KeyValue = json.End() });
    }

    private void WriteThreshold(in OperationContext operation, Party account, ReadOnlySpan<byte> word, int old, uint? value)
    {
        if (value is not { } threshold) return;
        if (threshold > MaxWeight) HistoryThrow.Broken(operation, $"A threshold is {threshold}, but it may be at most 255.");
        rows.Write(new StateChange("SIGNATURE_THRESHOLD"u8, "UPDATE"u8, account)
        {
            Threshold = word,
            ThresholdOld = old,
            ThresholdNew = (int)threshold,
        });
    }

    private void WriteFlags(Party account, ReadOnlySpan<byte> reason, uint? flags)
    {
        int bits = FlagBits.OfAccount(flags ?? 0);
        if (bits != 0) rows.Write(new StateChange("FLAGS"u8, reason, account) { Flags = bits });
    }

    private void WriteSigners(in OperationContext operation, Party account, in PairView pair)
    {
        if (!pair.HasBefore || !pair.HasAfter)
        {
            counts.Skipped++;
            return;
        }

        var before = new SignerSummary(pair.Before.AsAccount());
        var after = new SignerSummary(pair.After.AsAccount());
        foreach (int index in Sorted(before))
        {
            Signer old = before[index];
            bool isKept = after.TryFind(old, out Signer kept);
            if (isKept && kept.Weight == old.Weight) continue;
            var row = new StateChange("SIGNER"u8, isKept ? "UPDATE"u8 : "REMOVE"u8, account)
            {
                Signer = old.Party,
                SignerWeightOld = Weight(operation, old),
            };
            if (isKept) row.SignerWeightNew = Weight(operation, kept);
            rows.Write(row);
        }

        foreach (int index in Sorted(after))
        {
            Signer added = after[index];
            if (before.TryFind(added, out _)) continue;
            var row = new StateChange("SIGNER"u8, "ADD"u8, account) { Signer = added.Party, SignerWeightNew = Weight(operation, added) };
            rows.Write(row);
        }
    }

    private ReadOnlySpan<int> Sorted(in SignerSummary summary)
    {
        Span<int> indexes = order.AsSpan(0, summary.Count);
        for (int index = 0; index < indexes.Length; index++) indexes[index] = index;
        StableSort.Sort(indexes, scratch, summary, static (signers, left, right) => Signer.Compare(signers[left], signers[right]));
        return indexes;
    }

    private static int Weight(in OperationContext operation, in Signer signer)
    {
        if (signer.Weight > MaxWeight)
            HistoryThrow.Broken(operation, $"A signer has the weight {signer.Weight}, but it may be at most 255.");
        return (int)signer.Weight;
    }

    private readonly ref struct Signer(Party party, ReadOnlySpan<byte> payload, uint weight)
    {
        public Party Party { get; } = party;

        public ReadOnlySpan<byte> Payload { get; } = payload;

        public uint Weight { get; } = weight;

        public static int Compare(in Signer left, in Signer right) =>
            SignerKeys.Compare(left.Party.Kind, left.Party.Key, left.Payload, right.Party.Kind, right.Party.Key, right.Payload);

        public bool HasKeyOf(in Signer other) => Party.Is(other.Party) && Payload.SequenceEqual(other.Payload);
    }

    // The signers of an account, then the account's own key if its weight is above 0.
    private readonly ref struct SignerSummary(AccountEntryView account)
    {
        private readonly AccountEntryView account = account;

        public int Count => account.SignerCount + (account.Thresholds[0] > 0 ? 1 : 0);

        public Signer this[int index]
        {
            get
            {
                if (index == account.SignerCount) return new Signer(Party.Account(account.AccountId), default, account.Thresholds[0]);
                AccountSigners signers = account.Signers;
                for (int step = 0; step <= index; step++) signers.MoveNext();
                SignerView signer = signers.Current;
                return new Signer(Party.Of(signer), signer.Payload, signer.Weight);
            }
        }

        public bool TryFind(in Signer wanted, out Signer found)
        {
            for (int index = 0; index < Count; index++)
            {
                found = this[index];
                if (found.HasKeyOf(wanted)) return true;
            }

            found = default;
            return false;
        }
    }
}
