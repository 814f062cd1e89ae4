"""The words of headings that say which part of a case follows, in the languages that portals use.

A heading is known when it is one of these names, or one of them followed by a word that joins something to it
("Challenges and needs", "Results of the project"). Articles and the like before it do not count. The longest name
wins. Accents, capitals and numbers of chapters do not matter. Names are divided by commas.
"""

from __future__ import annotations

from collections.abc import Mapping

# Field of an item -> language -> what it may be called.
NAMES: Mapping[str, Mapping[str, str]] = {
    "challenge": {
        "en": (
            "challenge, challenges, challenges addressed, challenge addressed, issue, issues, issues addressed, "
            "problem, problems, problem statement, problems addressed, problem description, context, context and "
            "challenges, policy context, legal context, policy and legal background, background, background "
            "information, need, needs, rationale, motivation, threat, threats, pressures, drivers, situation, "
            "starting point, initial situation, baseline situation, situation before, the need for action, why it "
            "matters, why is this important, why was it needed, what was the problem, importance and relevance, "
            "importance and relevance of adaptation, relevance, climate threats, climate change impacts, impacts of "
            "climate change, environmental problem, environmental issues targeted, sustainability challenge, location "
            "and challenge, degradation problems"
        ),
        "fr": (
            "defi, defis, enjeu, enjeux, probleme, problemes, problematique, contexte, constat, besoins, situation "
            "initiale, etat initial, etat des lieux, menaces, pressions, importance et pertinence, origine du projet, "
            "contexte et enjeux, historique, defis a relever, problemes rencontres"
        ),
        "es": (
            "desafio, desafios, reto, retos, problematica, contexto, antecedentes, necesidades, amenazas, situacion "
            "inicial, situacion de partida, punto de partida, justificacion, importancia y relevancia, planteamiento "
            "del problema, problema, problemas"
        ),
        "de": (
            "herausforderung, herausforderungen, problemstellung, ausgangslage, ausgangssituation, hintergrund, "
            "kontext, anlass, bedarf, handlungsbedarf, bedrohungen, gefahrdung, gefahrdungen, warum, bedeutung und "
            "relevanz"
        ),
        "it": (
            "sfida, sfide, problemi, contesto, premessa, criticita, situazione iniziale, situazione di partenza, "
            "minacce, esigenze, importanza e rilevanza, antefatti"
        ),
        "pt": (
            "enquadramento, necessidades, ameacas, situacao inicial, ponto de partida, justificativa, justificacao, "
            "importancia e relevancia, enquadramento e desafios"
        ),
    },
    "action": {
        "en": (
            "action, actions, actions taken, actions implemented, activity, activities, solution, solutions, nature "
            "based solution, nature based solutions, approach, approaches, approach taken, response, intervention, "
            "interventions, measure, measures, measures taken, measures implemented, method, methods, methodology, "
            "methods used, implementation, implementation process, implementation steps, implementation time, "
            "implementation timeframe, life time, lifetime, process, strategy, technique, techniques, tools used, "
            "building block, building blocks, how do the building blocks interact, how the building blocks interact, "
            "adaptation option, adaptation options, adaptation options implemented, adaptation options implemented in "
            "this case, adaptation measures, adaptation measures implemented, adaptation solutions, objective, "
            "objectives, objectives of the adaptation measure, aim, aims, goal, goals, aims and objectives, goals and "
            "objectives, purpose, what we did, what was done, what they did, what is being done, what we do, what did "
            "we do, how it works, how does it work, how we did it, how it was done, description of the technology, "
            "description of the approach, description of the solution, description of the practice, description of "
            "actions, description of activities, detailed description of the solution, main activities, stakeholder "
            "participation, stakeholder engagement, stakeholders participation, participation of stakeholders, "
            "governance and participation, technical drawing, technical specifications, design and implementation, "
            "planning and implementation, restoration measures, management measures, management actions, conservation "
            "actions, conservation measures, conservation actions taken, actions and measures, project activities, "
            "project description and activities, establishment and maintenance, establishment activities, maintenance "
            "activities"
        ),
        "fr": (
            "actions menees, actions realisees, actions mises en oeuvre, activites, activites menees, solutions "
            "apportees, solution proposee, demarche, demarche adoptee, approche, approches, mesure, mesures, mesures "
            "prises, mesures mises en oeuvre, methode, methodes, methodologie, mise en oeuvre, mise en place, "
            "deroulement, objectif, objectifs, buts, finalites, moyens mis en oeuvre, options d'adaptation, options "
            "d'adaptation mises en oeuvre, elements constitutifs, blocs constitutifs, realisations, ce que nous avons "
            "fait, comment ca marche, delai de mise en oeuvre, duree de vie, participation des parties prenantes, "
            "travaux realises"
        ),
        "es": (
            "accion, acciones, acciones realizadas, acciones implementadas, actividades, actividades realizadas, "
            "solucion, soluciones, solucion propuesta, enfoque, enfoques, respuesta, intervencion, intervenciones, "
            "medida, medidas, medidas adoptadas, medidas implementadas, metodo, metodos, metodologia, implementacion, "
            "ejecucion, puesta en marcha, puesta en practica, proceso, estrategia, objetivo, objetivos, metas, "
            "opciones de adaptacion, opciones de adaptacion implementadas, bloques de construccion, componentes de la "
            "solucion, que hicimos, como funciona, tiempo de implementacion, vida util, participacion de las partes "
            "interesadas, actuaciones"
        ),
        "de": (
            "massnahme, massnahmen, umgesetzte massnahmen, durchgefuhrte massnahmen, losung, losungen, losungsansatz, "
            "ansatz, ansatze, vorgehen, vorgehensweise, methodik, methoden, umsetzung, durchfuhrung, aktivitaten, "
            "aktionen, projektablauf, ziel, ziele, zielsetzung, projektziel, projektziele, projektbeschreibung und "
            "massnahmen, anpassungsoptionen, umgesetzte anpassungsoptionen, anpassungsmassnahmen, bausteine, "
            "was wir tun, was wir getan haben, so funktioniert es, umsetzungsdauer, lebensdauer, beteiligung der "
            "interessengruppen, beteiligung von interessengruppen"
        ),
        "it": (
            "azione, azioni, azioni intraprese, azioni realizzate, attivita, attivita svolte, soluzione, soluzioni, "
            "soluzione proposta, approccio, approcci, risposta, intervento, interventi, interventi realizzati, "
            "misura, misure, misure adottate, metodi, metodologie, attuazione, realizzazione, processo, strategia, "
            "obiettivo, obiettivi, finalita, opzioni di adattamento, opzioni di adattamento attuate, elementi "
            "costitutivi, cosa abbiamo fatto, come funziona, tempi di attuazione, durata, partecipazione delle parti "
            "interessate"
        ),
        "pt": (
            "acao, acoes, acoes realizadas, acoes desenvolvidas, atividades, atividades realizadas, solucao, "
            "solucoes, abordagem, abordagens, resposta, intervencao, intervencoes, medidas adotadas, medidas tomadas, "
            "implementacao, execucao, processos, opcoes de adaptacao, opcoes de adaptacao implementadas, blocos de "
            "construcao, o que fizemos, tempo de implementacao, participacao das partes interessadas"
        ),
    },
    "results": {
        "en": (
            "result, results, results achieved, results and impacts, key results, impact, impacts, impacts achieved, "
            "outcome, outcomes, output, outputs, outputs and outcomes, benefit, benefits, co benefits, cobenefits, "
            "costs and benefits, cost benefit analysis, cost effectiveness, achievement, achievements, effects, "
            "effectiveness, findings, key findings, successes, evidence of success, what was achieved, what has been "
            "achieved, what we achieved, what changed, what happened, environmental benefits, social benefits, "
            "economic benefits, environmental impacts, social impacts, socio economic impacts, economic impacts, "
            "ecological impacts, biodiversity benefits, beneficiaries, nbs benefits, potential impacts and benefits, "
            "impacts and benefits, benefits and impacts, monitoring and evaluation, monitoring and results, expected "
            "results, expected impacts, policy implications, evaluation"
        ),
        "fr": (
            "resultat, resultats, resultats obtenus, resultats attendus, effets, retombees, benefice, benefices, "
            "avantages, couts et avantages, couts et benefices, couts benefices, bilan, acquis, realisations et "
            "resultats, beneficiaires, impacts obtenus, suivi et evaluation, ce qui a change"
        ),
        "es": (
            "resultado, resultados, resultados obtenidos, resultados esperados, impacto, impactos, efectos, "
            "beneficio, beneficios, costes y beneficios, costos y beneficios, logro, logros, beneficiarios, "
            "seguimiento y evaluacion, que se logro"
        ),
        "de": (
            "ergebnis, ergebnisse, erzielte ergebnisse, wirkung, wirkungen, auswirkungen, nutzen, vorteile, kosten "
            "und nutzen, kosten nutzen analyse, erfolg, erfolge, effekte, resultate, erwartete ergebnisse, "
            "begunstigte, monitoring und evaluierung, was wurde erreicht, was wir erreicht haben"
        ),
        "it": (
            "risultato, risultati, risultati ottenuti, risultati attesi, impatto, impatti, effetti, benefici, costi e "
            "benefici, vantaggi, beneficiari, esiti, monitoraggio e valutazione, ricadute"
        ),
        "pt": (
            "resultados alcancados, resultados obtidos, efeitos, custos e beneficios, conquistas, monitorizacao e "
            "avaliacao, monitoramento e avaliacao"
        ),
    },
    "lessons": {
        "en": (
            "lesson, lessons, lesson learned, lesson learnt, lessons learned, lessons learnt, lessons learned and "
            "recommendations, learning, learnings, key learnings, key lessons, lessons for others, what we learned, "
            "what we learnt, what was learned, what have we learned, what did we learn, recommendation, "
            "recommendations, success factor, success factors, key success factors, critical success factors, success "
            "and limiting factors, success factors and limitations, limiting factors, enabling factors, enabling "
            "conditions, enablers, enablers and barriers, barriers, barriers and enablers, factors of success, keys "
            "to success, key to success, conclusion, conclusions, conclusions and lessons learnt, conclusions and "
            "lessons learned, conclusions and recommendations, takeaways, take home messages, key messages, insights, "
            "transferability, replicability, replication, potential for replication, transferability of the result, "
            "upscaling and replication, scalability, strengths, weaknesses, strengths and weaknesses, weaknesses "
            "disadvantages risks, what worked well, what worked, what did not work, what could be improved, advice, "
            "advice to others, difficulties encountered, obstacles, limitations, adoption and adaptation, reflections"
        ),
        "fr": (
            "lecon, lecons, lecons apprises, lecons tirees, lecons a tirer, enseignement, enseignements, "
            "enseignements tires, retour d'experience, retours d'experience, recommandation, recommandations, facteur "
            "de succes, facteurs de succes, facteurs cles de succes, facteurs de reussite, cles de la reussite, "
            "facteurs de succes et facteurs limitants, facteurs de reussite et facteurs limitants, facteurs "
            "limitants, facteurs favorables, facteurs facilitants, conditions favorables, freins et leviers, leviers, "
            "freins, difficultes rencontrees, reproductibilite, transferabilite, points forts, points faibles, a "
            "retenir, ce que nous avons appris, perspectives et enseignements"
        ),
        "es": (
            "leccion, lecciones, leccion aprendida, lecciones aprendidas, aprendizaje, aprendizajes, recomendacion, "
            "recomendaciones, factores de exito, factores clave de exito, claves del exito, factores de exito y "
            "limitantes, factores de exito y limitaciones, factores limitantes, factores facilitadores, factores "
            "habilitadores, factores propicios, conclusiones, dificultades, obstaculos, barreras, replicabilidad, "
            "transferibilidad, fortalezas, debilidades, que aprendimos, que hemos aprendido"
        ),
        "de": (
            "lehren, gewonnene erkenntnisse, gelernte lektionen, erkenntnisse, erfahrungen, lerneffekte, empfehlung, "
            "empfehlungen, handlungsempfehlungen, erfolgsfaktoren, erfolgs und limitierende faktoren, erfolgsfaktoren "
            "und hemmnisse, hemmnisse, fazit, schlussfolgerung, schlussfolgerungen, ubertragbarkeit, starken, "
            "schwachen, starken und schwachen, forderfaktoren, gunstige faktoren, was wir gelernt haben, "
            "erfolgsfaktoren und einschrankende faktoren, limitierende faktoren, hindernisse"
        ),
        "it": (
            "lezione, lezioni, lezioni apprese, lezioni imparate, insegnamenti, raccomandazione, raccomandazioni, "
            "fattori di successo, fattori di successo e limitanti, fattori limitanti, fattori abilitanti, "
            "conclusione, conclusioni, replicabilita, trasferibilita, punti di forza, punti di debolezza, ostacoli, "
            "difficolta incontrate, cosa abbiamo imparato"
        ),
        "pt": (
            "licao, licoes, licao aprendida, licoes aprendidas, aprendizagem, aprendizagens, aprendizado, "
            "aprendizados, recomendacoes, fatores de sucesso, fatores de sucesso e limitacoes, fatores de sucesso e "
            "limitantes, fatores limitantes, fatores facilitadores, fatores favoraveis, conclusao, conclusoes, "
            "dificuldades encontradas, replicabilidade, pontos fortes, pontos fracos, o que aprendemos"
        ),
    },
}

# Words before a name that add nothing to it.
BEFORE: Mapping[str, str] = {
    "en": "the a an our your their its this key main major overall project projects case study general specific",
    "fr": "le la les un une nos notre leur principal principaux principale principales",
    "es": "el los las una nuestro nuestra nuestros nuestras",
    "de": "die der das den ein eine unser unsere wichtigste wichtigsten zentrale",
    "it": "il lo i gli l nostro nostra nostri nostre principali",
    "pt": "o os as uma nosso nossa nossos nossas principais",
}

# Words behind a name that join something to it.
BEHIND: Mapping[str, str] = {
    "en": "and or of for to in from with by on during after at",
    "fr": "et ou de du des d pour dans sur a au aux en",
    "es": "y e del para con por",
    "de": "und oder der des von vom fur bei zur zum im durch",
    "it": "ed di dei della delle dello degli nel nella per",
    "pt": "do da dos das no na com",
}
