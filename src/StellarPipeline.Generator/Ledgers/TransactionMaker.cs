using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Ledgers.Writing;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers;

/// <summary>Applies one planned transaction to the ledger's layer and encodes it.</summary>
internal sealed class TransactionMaker(
    LedgerGeneratorOptions options, LedgerRules rules, Dice dice, StateLayer ledger, ulong closeTime, int metaVersion)
{
    private const int NoAccount = -8;
    private const int BadSequence = -5;
    private const int MissingOperation = -4;
    private const int InternalError = -11;

    // Codes without operation results; -13 is the code of a fee bump, and codes from -14 on depend on the protocol.
    private static readonly int[] CodesWithoutResults = [-2, -3, -5, -6, -7, -9, -10, -12, -14, -15, -16, -17, -18];

    private readonly List<(OperationOutcome Outcome, byte[] Changes, IReadOnlyList<byte[]> Events)> operations = [];

    /// <summary>The customs of the network.</summary>
    public required LedgerCustoms Customs { get; init; }

    public void Apply(TransactionPlan plan)
    {
        AccountState? account = ledger.Account(plan.Source);
        long sequence = account is null ? 1 : rules.Protocol < 10 ? account.Sequence : account.Sequence + 1;
        TransactionScope transaction = new(rules, dice, plan.Source, sequence, closeTime)
        {
            MuxedPerThousand = options.MuxedPerThousand,
            HasUnifiedEvents = metaVersion == 4,
            Customs = Customs,
        };
        MetaXdr meta = new();
        this.operations.Clear();
        StateLayer before = ledger.Above();
        if (account is not null) Consume(before, account, sequence);
        StateLayer signers = before.Above();
        if (account is not null && Customs.WritesSourceTwice(dice)) signers.Put(signers.Account(plan.Source)!);
        StateLayer layer = signers.Above();
        ApplyOperations(plan, transaction, layer);
        int code = Code(plan, account);
        if (code != NoAccount && code != BadSequence)
        {
            // First the sequence number, then the removal of one-time signers, which writes the account even if it has none.
            meta.Before = ChangesXdr.Join(ChangesXdr.Of(before, dice), ChangesXdr.Of(signers, dice));
            if (code == 0) layer.Commit();
            signers.Commit();
            before.Commit();
        }

        if (code == 0 || plan.End == PlannedEnd.InternalError)
            meta.Operations.AddRange(this.operations.Select(static operation => (operation.Changes, operation.Events)));
        meta.HasSoroban = plan.IsSoroban && (code == 0 || dice.Chance(500));
        if (code == 0 && plan.IsSoroban) meta.ReturnValue = this.operations[0].Outcome.ReturnValue;
        Refund(plan, code, meta);
        AddFeeEvents(plan, meta);
        plan.Applied = Encode(plan, transaction, code, meta);
    }

    private void Consume(StateLayer layer, AccountState account, long sequence)
    {
        layer.Put(account with
        {
            Sequence = sequence,
            SequenceLedger = rules.Protocol >= 19 ? ledger.World.Ledger : 0,
            SequenceTime = rules.Protocol >= 19 ? closeTime : 0,
        });
    }

    private void ApplyOperations(TransactionPlan plan, TransactionScope transaction, StateLayer layer)
    {
        if (ledger.Account(plan.Source) is null) return;
        while (this.operations.Count < plan.Operations)
        {
            int left = plan.Operations - this.operations.Count;
            if (!plan.IsSoroban && rules.HasSponsorships && left >= 3 && dice.Chance(300))
                ApplySponsored(transaction, layer, dice.Between(1, left - 2));
            else if (!ApplyOne(transaction, layer, null, plan.IsSoroban)) return;
        }
    }

    private bool ApplyOne(TransactionScope transaction, StateLayer layer, byte[]? source, bool soroban)
    {
        if (OperationCatalog.Apply(transaction, layer, this.operations.Count, source, soroban) is not var (outcome, applied, scope))
            return false;
        // A contract call may also have its own source.
        if (soroban && dice.Chance(150) && layer.Pick<AccountState>(dice) is { } other) outcome = outcome with { Source = other.Id };
        Add(outcome, applied, scope);
        return true;
    }

    /// <summary>Begins a sponsorship, applies some operations of the sponsored account, ends the sponsorship.</summary>
    private void ApplySponsored(TransactionScope transaction, StateLayer layer, int operations)
    {
        if (layer.Pick<AccountState>(dice, account =>
            account.Spendable(layer.World.BaseReserve) > 100 * OperationScope.Coin) is not { } sponsor)
        {
            return;
        }

        bool isNew = dice.Chance(250);
        byte[] sponsored = isNew ? dice.Bytes(32) : layer.Pick<AccountState>(dice)?.Id ?? sponsor.Id;
        if (sponsored.AsSpan().SequenceEqual(sponsor.Id) || transaction.SponsorOf(sponsored) is not null) return;
        Step(scope => SponsorshipOperations.Begin(scope, sponsor.Id, sponsored));
        if (isNew && !Step(scope => AccountOperations.Create(scope, sponsor.Id, sponsored, dice.Between(0L, 10L) * OperationScope.Coin)))
            throw new InvalidOperationException("The generator could not create a sponsored account.");
        for (int number = isNew ? 1 : 0; number < operations; number++) ApplyOne(transaction, layer, sponsored, soroban: false);
        Step(scope => SponsorshipOperations.End(scope, sponsored));

        bool Step(Func<OperationScope, OperationOutcome?> make)
        {
            OperationScope scope = new(transaction, layer.Above(), this.operations.Count);
            if (make(scope) is not { } outcome) return false;
            Add(outcome, scope.Layer, scope);
            return true;
        }
    }

    private void Add(OperationOutcome outcome, StateLayer layer, OperationScope scope)
    {
        if (rules.Protocol < 8 && dice.Chance(options.UntoldMovesPerThousand)
            && layer.Account(outcome.Source!) is { Balance: > OperationScope.Coin } mover)
        {
            layer.Put(mover with { Balance = mover.Balance + dice.Between(-1000L, 1000L) });
        }

        IReadOnlyList<byte[]> events = outcome.Type >= 24 ? outcome.Events : scope.Events;
        IEnumerable<byte[]> written = outcome.Type >= 24 ? layer.Deltas.Select(static delta => Convert.FromHexString(delta.Key)) : [];
        this.operations.Add(
            (outcome with { WrittenKeys = [.. written.Where(static key => key[3] != 9)] }, ChangesXdr.Of(layer, dice), events));
        layer.Commit();
    }

    private int Code(TransactionPlan plan, AccountState? account)
    {
        if (account is null) return NoAccount;
        if (this.operations.Count == 0) return MissingOperation;
        return plan.End switch
        {
            PlannedEnd.Success => 0,
            PlannedEnd.OperationFails => -1,
            PlannedEnd.InternalError => InternalError,
            _ => dice.Of(CodesWithoutResults),
        };
    }

    private void Refund(TransactionPlan plan, int code, MetaXdr meta)
    {
        if (!plan.IsSoroban || code < -1) plan.Refund = 0;
        if (plan.Refund == 0 || rules.HasStateArchive) return;
        meta.After = PayRefund(plan);
    }

    /// <summary>Pays a refund and returns the encoded changes; none if the account no longer exists.</summary>
    public byte[] PayRefund(TransactionPlan plan)
    {
        StateLayer layer = ledger.Above();
        if (layer.Account(plan.FeeAccount) is not { } account)
        {
            plan.Refund = 0;
            return ChangesXdr.None;
        }

        layer.Put(account with { Balance = account.Balance + plan.Refund });
        byte[] changes = ChangesXdr.Of(layer);
        layer.Commit();
        return changes;
    }

    private void AddFeeEvents(TransactionPlan plan, MetaXdr meta)
    {
        if (dice.Chance(500)) meta.FeeEvents.Add((0, Event(plan.Charged)));
        if (plan.Refund > 0) meta.FeeEvents.Add((rules.HasStateArchive ? 2 : 1, Event(-plan.Refund)));
        if (dice.Chance(100)) meta.Diagnostics.Add(Event(0));

        byte[] Event(long amount) => EventXdr.Contract(
            ledger.World.Native.Contract, [ScValueXdr.Symbol("fee"), ScValueXdr.Address(ScAddressXdr.Account(plan.FeeAccount))],
                ScValueXdr.I128(amount));
    }

    private AppliedTransaction Encode(TransactionPlan plan, TransactionScope transaction, int code, MetaXdr meta)
    {
        EnvelopeXdr envelope = new(transaction, ledger.World.NetworkId);
        List<byte[]> operations = [.. this.operations.Select(operation => Operation(transaction, operation.Outcome))];
        byte[]? sorobanData = plan.IsSoroban ? SorobanData() : null;
        (byte[] bytes, byte[] hash) = envelope.Make(operations, plan.Charged + dice.Below(1000), sorobanData, plan.FeeSource);

        // Up to protocol 20, the fee in a fee bump's result includes the refund.
        bool holdsRefund = rules.Protocol < 21 && plan.FeeSource is not null;
        byte[] result = ResultXdr.Pair(hash, plan.FeeSource is null ? null
            : envelope.InnerHash, plan.Charged - (holdsRefund ? 0 : plan.Refund), code, Results(code));
        return new(bytes, hash, result, meta.Encode(metaVersion, dice), operations.Count);
    }

    private List<byte[]> Results(int code)
    {
        int failing = code == -1 ? dice.Below(this.operations.Count) : -1;
        return [.. this.operations.Select((operation, index) => index == failing || (code == -1 && dice.Chance(200))
            ? ResultXdr.Failure(operation.Outcome, dice, rules.Protocol >= 26 && dice.Chance(options.FrozenTrustlinesPerThousand))
            : ResultXdr.Success(operation.Outcome))];
    }

    private byte[] Operation(TransactionScope transaction, OperationOutcome outcome) => OperationOutcome.Encoded(writer =>
    {
        byte[] source = outcome.Source ?? transaction.Source;
        bool explicitly = !source.AsSpan().SequenceEqual(transaction.Source) || dice.Chance(250);
        writer.WriteBool(explicitly);
        if (explicitly) transaction.WriteMuxed(writer, source);
        writer.WriteInt32(outcome.Type);
        writer.WriteRaw(outcome.Body);
    });

    /// <summary>SorobanTransactionData: footprint and resources; from protocol 23 on it may list archived entries.</summary>
    private byte[] SorobanData() => OperationOutcome.Encoded(writer =>
    {
        OperationOutcome? outcome = this.operations.Count > 0 ? this.operations[0].Outcome : null;
        bool names = rules.HasStateArchive && dice.Chance(300);
        writer.WriteBool(names);
        if (names) writer.WriteInt32(0);
        foreach (IReadOnlyList<byte[]> keys in (IReadOnlyList<byte[]>[])[outcome?.ReadOnlyKeys ?? [], outcome?.WrittenKeys ?? []])
        {
            writer.WriteInt32(keys.Count);
            foreach (byte[] key in keys) writer.WriteRaw(key);
        }

        for (int resource = 0; resource < 3; resource++) writer.WriteUInt32((uint)dice.Between(1000, 100_000));
        writer.WriteInt64(100_000);
    });
}
