import "./workers.js";
import "graphiql/style.css";
import "./explorer.css";

import { GraphiQL } from "graphiql";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";

import example from "../example.graphql";
import { asking } from "./asking.js";

const given = new URLSearchParams(location.search);

function Explorer() {
  const [cost, setCost] = useState();
  const fetcher = useMemo(() => asking(setCost), []);
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultQuery={example}
      initialQuery={given.get("query") ?? undefined}
      initialVariables={given.get("variables") ?? undefined}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>Pedigree</GraphiQL.Logo>
      <GraphiQL.Footer>
        <output className="cost">{cost ? costLine(cost) : "What an answer cost is said here."}</output>
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

function costLine({ requested, limit }) {
  return `Cost ${requested.toLocaleString("en")} of ${limit.toLocaleString("en")}`;
}

createRoot(document.getElementById("explorer")).render(<Explorer />);
