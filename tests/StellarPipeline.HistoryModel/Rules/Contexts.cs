using StellarPipeline.HistoryModel.Decoding;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>One transaction and all that its rules look at.</summary>
public sealed class TransactionContext
{
    public TransactionContext(Network network, Header header, int index, Envelope envelope, AppliedTransaction applied)
    {
        Network = network;
        Header = header;
        Envelope = envelope;
        Applied = applied;
        ToId = ((long)header.Sequence << 32) | ((long)index << 12);
        Operations = [.. envelope.Operations.Select((operation, position) => new OperationContext(this, operation, position))];
    }

    public Network Network { get; }

    public Header Header { get; }

    public Envelope Envelope { get; }

    public AppliedTransaction Applied { get; }

    public TransactionMeta Meta => Applied.Meta;

    public long ToId { get; }

    public List<OperationContext> Operations { get; }

    public bool Successful => Applied.Result.Successful;

    /// <summary>Who pays the fee.</summary>
    public string FeeAccount => (Envelope.FeeSource ?? Envelope.Source).Account;

    /// <summary>What makes wallet-backend stop before any row.</summary>
    public void Check()
    {
        if (Meta.Version == 0 && !Network.Lenient) throw new ModelStop("transaction metadata of version 0");
        if (Meta.Version < 2 && Header.Version < 10 && !Network.Lenient && Applied.FeeChanges.Count > 0)
            throw new ModelStop("fee changes with metadata below version 2 and protocol below 10");
        if (Envelope.HasSorobanData && Meta.Version < 3)
            throw new ModelStop($"a Soroban transaction with metadata of version {Meta.Version}");
        if (Applied.FeeChanges.Any(static change => change.Kind == ChangeKind.Restored))
            throw new ModelStop("a restored entry among the fee changes");
    }
}

/// <summary>One operation and all that its rules look at.</summary>
public sealed class OperationContext
{
    public OperationContext(TransactionContext transaction, Operation operation, int position)
    {
        Transaction = transaction;
        Operation = operation;
        Position = position;
        TransactionMeta meta = transaction.Meta;
        bool hidden = transaction.Applied.Result.Code == -11 && transaction.Header.Version <= 12;
        Changes = hidden || position >= meta.Operations.Count ? [] : EntryChange.Pair(meta.Operations[position].Changes);
        Events = meta.Version switch
        {
            3 => meta.SorobanEvents,
            4 when position < meta.Operations.Count => meta.Operations[position].Events,
            _ => [],
        };
    }

    public TransactionContext Transaction { get; }

    public Operation Operation { get; }

    /// <summary>The operation's place in its transaction, from 0.</summary>
    public int Position { get; }

    public long Id => Transaction.ToId + Position + 1;

    /// <summary>The result, null where the transaction carries none.</summary>
    public OperationResult? Result => Transaction.Applied.Result.Operations.ElementAtOrDefault(Position);

    public MuxedAccount MuxedSource => Operation.Source ?? Transaction.Envelope.Source;

    public string Source => MuxedSource.Account;

    /// <summary>Ledger changes, paired and in key order.</summary>
    public List<EntryChange> Changes { get; }

    public List<ContractEvent> Events { get; }

    public Network Network => Transaction.Network;
}
