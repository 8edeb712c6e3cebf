using StellarPipeline.HistoryModel.Decoding;
using StellarPipeline.HistoryModel.Rows;

namespace StellarPipeline.HistoryModel.Rules;

/// <summary>Stream 2: contracts that addresses deploy (rules 8), in failed transactions too.</summary>
public static class Deployments
{
    public static IEnumerable<StateChange> Rows(OperationContext operation)
    {
        if (operation.Operation.Body is not OperationBody.Invoke body) return [];
        IEnumerable<ContractCall> calls = body.Authorizations.SelectMany(static authorization => authorization.Root.All)
            .Select(static invocation => invocation.Call);
        if (body.Call is not null) calls = calls.Prepend(body.Call);
        return calls.Select(static call => call.Creation).OfType<ContractPreimage>().Where(static creation => creation.Deployer is not null)
            .Select(creation => (Contract: operation.Network.Deployed(creation), creation.Deployer))
                .DistinctBy(static made => made.Contract)
            .Select(static made => new StateChange("ACCOUNT", "CREATE", made.Contract) { Creator = made.Deployer });
    }
}
