using StellarPipeline.Generator.Ledgers.Operations;
using StellarPipeline.Generator.Ledgers.State;
using StellarPipeline.Generator.Xdr;

namespace StellarPipeline.Generator.Ledgers.Writing;

/// <summary>Encodes operation and transaction results (stellar-core Stellar-transaction.x).</summary>
internal static class ResultXdr
{
    /// <summary>The number of failure codes per operation type, without the protocol 26 codes that wallet-backend does not know.</summary>
    private static readonly int[] Failures = [4, 9, 12, 12, 12, 10, 8, 6, 7, 1, 4, 1, 12, 12, 5, 5, 3, 1, 5, 4, 3, 5, 7, 5, 5, 3, 3];

    /// <summary>The result of an operation that succeeded.</summary>
    public static byte[] Success(OperationOutcome outcome) => OperationOutcome.Encoded(writer =>
    {
        writer.WriteInt32(0);
        writer.WriteInt32(outcome.ResultArm);
        writer.WriteInt32(0);
        writer.WriteRaw(outcome.Result);
    });

    /// <summary>The result of an operation that failed.</summary>
    /// <param name="outcome">The operation as if it had succeeded.</param>
    /// <param name="dice">Chooses the code.</param>
    /// <param name="frozen">Whether an operation that can fail with "trustline frozen" does so.</param>
    public static byte[] Failure(OperationOutcome outcome, Dice dice, bool frozen) => OperationOutcome.Encoded(writer =>
    {
        frozen &= outcome.Type is 15 or 22 or 23;
        if (!frozen && dice.Chance(200))
        {
            writer.WriteInt32(-dice.Between(1, 6));
            return;
        }

        int code = frozen ? -Failures[outcome.Type] - 1 : -dice.Between(1, Failures[outcome.Type]);
        writer.WriteInt32(0);
        writer.WriteInt32(outcome.ResultArm);
        writer.WriteInt32(code);

        // The failure "no issuer" of a path payment contains the asset.
        if (outcome.Type is 2 or 13 && code == -9) writer.WriteRaw(AssetXdr.Credit("GONE", dice.Bytes(32)));
    });

    /// <summary>TransactionResultPair.</summary>
    /// <param name="hash">The transaction's hash.</param>
    /// <param name="innerHash">The inner hash of a fee bump; null for other transactions.</param>
    /// <param name="feeCharged">The charged fee, stroops.</param>
    /// <param name="code">The transaction's code; for a fee bump that of the inner transaction.</param>
    /// <param name="operations">Encoded operation results; written only for the codes success and failed.</param>
    public static byte[] Pair(byte[] hash, byte[]? innerHash, long feeCharged, int code, IReadOnlyList<byte[]> operations) =>
        OperationOutcome.Encoded(writer =>
    {
        writer.WriteFixedOpaque(hash);
        writer.WriteInt64(feeCharged);
        if (innerHash is not null)
        {
            writer.WriteInt32(code == 0 ? 1 : -13);
            writer.WriteFixedOpaque(innerHash);
            writer.WriteInt64(0);
        }

        writer.WriteInt32(code);
        if (code is 0 or -1)
        {
            writer.WriteInt32(operations.Count);
            foreach (byte[] operation in operations) writer.WriteRaw(operation);
        }

        writer.WriteInt32(0);
        if (innerHash is not null) writer.WriteInt32(0);
    });
}
